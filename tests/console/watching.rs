//! What goes on in the target beside a running step, and the airbag: with real queues for real locks.

use crate::api::id;
use crate::console::Console;
use crate::killed::says;
use crate::runbooks::{command, sql, step, work};
use crate::support::{eventually, execute};
use kneeboard::run::event::{Body, Known, Rung};
use kneeboard::run::view::StepStatus;
use kneeboard::run::{Event, RunId, RunState};
use kneeboard::watch::{Armed, Backend, Session, Sighting, Watch};
use serde_json::json;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::task::JoinHandle;

const TASKS: &str = "
    CREATE TABLE tasks (id int PRIMARY KEY, status text);
    INSERT INTO tasks SELECT n, 'done' FROM generate_series(1, 2000) AS n;
    CREATE TABLE elsewhere (id int)";

const PLAIN: &str = "CREATE INDEX by_status ON tasks (status)";
const CONCURRENTLY: &str = "CREATE INDEX CONCURRENTLY by_status ON tasks (status)";

async fn shop(airbag: &str, steps: &[String]) -> Console {
    let console = Console::open(&format!("{airbag}\n{}", work(steps))).await;
    let mut owner = console.database.owner().await;
    execute(&mut owner, TASKS).await;
    console
}

impl Console {
    async fn watch(&self, run: &RunId) -> Option<Watch> {
        self.get(&format!("/runs/{run}/watch")).send().await.unwrap().json().await.unwrap()
    }

    /// Looks until the sighting is so.
    async fn sees(&self, run: &RunId, what: &str, is: impl Fn(&Sighting) -> bool) -> Watch {
        let found = tokio::sync::Mutex::new(None);
        eventually(what, async || {
            let watch = self.watch(run).await;
            let so = watch.as_ref().and_then(|watch| watch.sighting.as_ref()).is_some_and(&is);
            *found.lock().await = watch;
            so
        })
        .await;
        found.into_inner().expect("a watch")
    }
}

/// A session that has written and does not end its transaction.
async fn idle_in_transaction(console: &Console, application: &str, statement: &str) -> PgConnection {
    let mut session = console.database.owner().await;
    execute(&mut session, &format!("SET application_name = '{application}'; BEGIN; {statement}")).await;
    session
}

/// A session that writes, and has to wait for it.
async fn writer(console: &Console, application: &str) -> JoinHandle<Result<(), sqlx::Error>> {
    let mut session = console.database.owner().await;
    execute(&mut session, &format!("SET application_name = '{application}'")).await;
    tokio::spawn(async move {
        sqlx::raw_sql("INSERT INTO tasks VALUES (100000 + pg_backend_pid(), 'new')")
            .execute(&mut session)
            .await?;
        session.close().await
    })
}

fn known<T>(events: &[Event], pick: impl Fn(&Known) -> Option<T>) -> Vec<T> {
    let body = |event: &Event| match &event.body {
        Body::Known(known) => pick(known),
        Body::Unknown(_) => None,
    };
    events.iter().filter_map(body).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_airbag_frees_who_waits_behind_a_plain_build_and_says_whom() {
    let airbag = "[airbag]\nsessions = 1\nafter = \"2s\"";
    let build = step("build", &format!("lock_timeout = \"10m\"\nrun.sql.statements = [{PLAIN:?}]"));
    let console = shop(airbag, &[build, sql("next", "SELECT 1")]).await;
    let mut blocker =
        idle_in_transaction(&console, "report", "UPDATE tasks SET status = 'x' WHERE id = 1").await;
    let run = console.start_run().await;
    let pace = json!({ "kind": "set_pace", "pace": "continue" });
    assert_eq!(console.command(&run, pace).await.0, 200);
    console.start_step(&run, "build").await;
    let watch = console.sees(&run, "the blocker is in the way", |seen| seen.in_our_way().len() == 1).await;
    let seen = watch.sighting.as_ref().unwrap();
    let in_the_way = seen.in_our_way()[0].session.unwrap();
    assert_eq!(in_the_way.application, "report");
    assert_eq!(in_the_way.state.as_deref(), Some("idle in transaction"));
    assert!(
        in_the_way.query.as_deref().unwrap().contains("UPDATE tasks") && in_the_way.transaction_ms.is_some()
    );
    assert_eq!(watch.armed(true), Armed::Yes);

    // One may wait for as long as it likes; the second is one too many.
    let first = writer(&console, "web-1").await;
    console.sees(&run, "the first writer waits", |seen| seen.queued().len() == 1).await;
    let second = writer(&console, "web-2").await;
    assert_eq!(console.settled(&run, "build").await, StepStatus::Failed);
    for writer in [first, second] {
        writer.await.unwrap().expect("the writer goes on while the blocker stays");
    }

    let events = console.events(&run).await;
    let opened = known(&events, |known| match known {
        Known::AirbagOpened { waiting, held_ms, .. } => Some((waiting.clone(), *held_ms)),
        _ => None,
    });
    let [(waiting, held_ms)] = opened.as_slice() else { panic!("once: {opened:?}") };
    let mut applications: Vec<&str> = waiting.iter().map(|waiting| waiting.application.as_str()).collect();
    applications.sort_unstable();
    assert_eq!(applications, ["web-1", "web-2"]);
    assert!(*held_ms >= 2_000, "{held_ms}");
    let rungs = known(&events, |known| match known {
        Known::CancelRung { rung, detail, .. } => Some((*rung, detail.clone())),
        _ => None,
    });
    assert!(
        rungs[0].0 == Rung::PgCancelBackend && rungs[0].1.starts_with("1 backend cancelled"),
        "{rungs:?}"
    );
    let state = console.state(&run).await;
    let judged = state.last_attempt(&id("build")).unwrap().judged.clone().unwrap();
    assert!(
        judged.reason.starts_with("the airbag stopped it") && judged.reason.contains("web-2"),
        "{}",
        judged.reason
    );
    // Neither again nor further by itself.
    assert_eq!((console.times_queued(&run, "build").await, console.times_queued(&run, "next").await), (1, 0));
    assert!(console.watch(&run).await.is_none(), "nothing is watched behind the step's end");
    execute(&mut blocker, "ROLLBACK").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concurrent_build_that_waits_for_an_old_snapshot_says_for_whose() {
    let console = shop("", &[sql("build", CONCURRENTLY)]).await;
    // Of another table: what it holds is a snapshot.
    let begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT * FROM elsewhere";
    let mut old = idle_in_transaction(&console, "nightly-report", begin).await;
    let run = console.start_run().await;
    console.start_step(&run, "build").await;
    let waits = |seen: &Sighting| seen.builds.iter().any(|build| build.phase == "waiting for old snapshots");
    let watch = console
        .sees(&run, "it waits for the snapshot", |seen| waits(seen) && seen.in_our_way().len() == 1)
        .await;
    let seen = watch.sighting.as_ref().unwrap();
    let build = &seen.builds[0];
    assert_eq!(build.command, "CREATE INDEX CONCURRENTLY");
    assert_eq!((build.table.as_str(), build.index.as_deref()), ("public.tasks", Some("public.by_status")));
    // An autovacuum may have been waited for before it.
    let (waited_for, unit) = build.counted().expect("what it waits for is counted");
    assert!(waited_for.done < waited_for.of && unit == "transactions", "{waited_for:?} {unit}");
    for session in
        [seen.in_our_way()[0].session, seen.oldest_transaction.as_ref(), seen.oldest_snapshot.as_ref()]
    {
        let session = session.expect("the report");
        assert_eq!(session.application, "nightly-report");
        assert!(session.transaction_ms.is_some_and(|age| age > 0));
    }
    execute(&mut old, "COMMIT").await;
    assert_eq!(console.settled(&run, "build").await, StepStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_tells_how_far_its_copies_are_and_what_else_goes_on() {
    // The dump stops when nobody takes its output.
    let wait = "until [ -e $KNEEBOARD_ARTIFACTS/go ]; do sleep 0.05; done";
    let dump = format!("pg_dump -t big -a | (head -c 100000 >/dev/null; {wait}; cat >/dev/null)");
    let console = shop("", &[command("dump", &["bash", "-c", &dump])]).await;
    let big = "CREATE TABLE big AS SELECT n, repeat('x', 1000) AS filler FROM generate_series(1, 20000) AS n; ANALYZE big";
    execute(&mut console.database.owner().await, big).await;
    let run = console.start_run().await;
    console.start_step(&run, "dump").await;
    let watch = console.sees(&run, "a copy", |seen| seen.copies.len() == 1).await;
    let copied = watch.sighting.as_ref().unwrap().copies[0].clone();
    assert_eq!((copied.command.as_str(), copied.table.as_str()), ("COPY TO", "public.big"));
    assert_eq!(copied.estimate, Some(20_000));
    assert!(copied.tuples > 0 && copied.tuples < 20_000, "{copied:?}");
    let around = |seen: &Sighting| {
        seen.wal_rate.is_some() && seen.database_bytes.is_some_and(|bytes| bytes > 20_000_000)
    };
    console.sees(&run, "the log's rate and the size", around).await;
    console.touch(&run, "go");
    assert_eq!(console.settled(&run, "dump").await, StepStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_hides_its_name_leaves_the_airbag_unarmed() {
    // What a pooler does to application names.
    let psql = "PGAPPNAME=pooled psql -X -c \"SELECT pg_sleep(600)\"";
    let console = shop("", &[command("hidden", &["sh", "-c", psql])]).await;
    let run = console.start_run().await;
    console.start_step(&run, "hidden").await;
    eventually("it is said", async || {
        console.watch(&run).await.is_some_and(|watch| watch.armed(true) == Armed::No)
    })
    .await;
    let cancel = json!({ "kind": "cancel", "step": "hidden" });
    assert_eq!(console.command(&run, cancel).await.0, 200);
    assert_eq!(console.settled(&run, "hidden").await, StepStatus::Cancelled);
}

fn stop(backend: &str, how: &str) -> serde_json::Value {
    json!({ "kind": "stop_blocker", "backend": backend, "how": how, "reason": "the window closes" })
}

/// The one session that stands in the step's way.
async fn in_the_way(console: &Console, run: &RunId) -> Session {
    let watch = console.sees(run, "somebody is in the way", |seen| seen.in_our_way().len() == 1).await;
    watch.sighting.unwrap().in_our_way()[0].session.unwrap().clone()
}

/// What came of the stops of the run, in order.
async fn came(console: &Console, run: &RunId, stops: usize) -> Vec<String> {
    let answered = |state: &kneeboard::run::RunState| {
        state.stops.len() == stops && state.stops.iter().all(|stop| stop.came.is_some())
    };
    let state = console.until(run, "it is said what came of it", answered).await;
    state.stops.into_iter().filter_map(|stop| stop.came).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocker_is_cancelled_by_an_operator_and_the_step_goes_on() {
    let console =
        shop("", &[step("build", &format!("lock_timeout = \"10m\"\nrun.sql.statements = [{PLAIN:?}]"))])
            .await;
    let mut blocker =
        idle_in_transaction(&console, "report", "UPDATE tasks SET status = 'x' WHERE id = 1").await;
    let sleeps = tokio::spawn(async move {
        let slept = sqlx::raw_sql("SELECT pg_sleep(600)").execute(&mut blocker).await;
        (slept.is_err(), blocker)
    });
    let run = console.start_run().await;
    console.start_step(&run, "build").await;
    let session = in_the_way(&console, &run).await;
    let backend = session.backend().unwrap();
    let early = console.command(&run, stop(&backend.to_string(), "terminate")).await;
    assert!(
        early.0 == 409 && early.1["message"].as_str().unwrap().contains("not been cancelled yet"),
        "{early:?}"
    );
    // Neither another session of that pid nor the step's own is met.
    let another = Backend { started: backend.started - 1, ..backend };
    assert_eq!(console.command(&run, stop(&another.to_string(), "cancel")).await.0, 200);
    assert_eq!(came(&console, &run, 1).await, ["not sent: that session has ended already"]);
    let watch = console.watch(&run).await.unwrap();
    let own =
        watch.sighting.unwrap().sessions.iter().find(|session| session.ours).unwrap().backend().unwrap();
    assert_eq!(console.command(&run, stop(&own.to_string(), "cancel")).await.0, 200);
    assert!(came(&console, &run, 2).await[1].contains("the console's own"));
    assert_eq!(console.state(&run).await.step_status(&id("build")), StepStatus::Running);

    assert_eq!(console.command(&run, stop(&backend.to_string(), "cancel")).await.0, 200);
    let (cancelled, mut blocker) = sleeps.await.unwrap();
    assert!(cancelled);
    assert_eq!(console.settled(&run, "build").await, StepStatus::Succeeded);
    let came = came(&console, &run, 3).await.pop().unwrap();
    assert!(came.starts_with("pg_cancel_backend to pid ") && came.contains("report"), "{came}");
    assert!(came.contains("pg_sleep(600)") && came.ends_with("its statement has ended"), "{came}");
    let events = console.events(&run).await;
    let asked =
        events.iter().rfind(|event| matches!(&event.body, Body::Known(Known::BlockerStopAsked { .. })));
    let asked = asked.expect("an event");
    assert_eq!(asked.actor, "olga");
    assert!(
        matches!(&asked.body, Body::Known(Known::BlockerStopAsked { reason, .. }) if reason == "the window closes")
    );
    // It is still connected, with nothing in its hands.
    execute(&mut blocker, "ROLLBACK; SELECT 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocker_that_only_sits_there_is_terminated_behind_the_cancel() {
    let console = shop("", &[sql("build", CONCURRENTLY)]).await;
    let mut blocker =
        idle_in_transaction(&console, "forgotten", "UPDATE tasks SET status = 'x' WHERE id = 1").await;
    let run = console.start_run().await;
    console.start_step(&run, "build").await;
    let backend = in_the_way(&console, &run).await.backend().unwrap().to_string();
    assert_eq!(console.command(&run, stop(&backend, "cancel")).await.0, 200);
    let first = came(&console, &run, 1).await.remove(0);
    assert!(first.contains("no statement to cancel"), "{first}");
    // The page without scripts has the form for what comes next.
    let page = console.client.get(format!("{}/runs/{run}", console.url())).bearer_auth(console.token("olga"));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("Terminate its session") && page.contains(&format!("value=\"{backend}\"")),
        "{page}"
    );
    assert_eq!(console.command(&run, stop(&backend, "terminate")).await.0, 200);
    assert_eq!(console.settled(&run, "build").await, StepStatus::Succeeded);
    assert!(came(&console, &run, 2).await[1].ends_with("the session is gone"));
    assert!(blocker.ping().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_waits_for_a_dump_before_it_is_started_and_says_so() {
    let console = shop("", &[sql("build", CONCURRENTLY)]).await;
    let dump = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET application_name = 'pg_dump'; SELECT 1";
    let mut session = console.database.owner().await;
    execute(&mut session, dump).await;
    let run = console.start_run().await;
    let held = |state: &RunState| state.attempts.last()?.held.clone();

    console.start_step(&run, "build").await;
    let state = console.until(&run, "held", |state| held(state).is_some()).await;
    let (_, by) = held(&state).unwrap();
    assert!(by.contains("pg_dump, in its transaction for"), "{by}");
    let (status, answer) = console.command(&run, json!({ "kind": "cancel", "step": "build" })).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(console.settled(&run, "build").await, StepStatus::Cancelled);
    let there = "SELECT to_regclass('by_status') IS NOT NULL";
    assert!(!says(&mut console.database.owner().await, there).await, "nothing was begun");

    console.start_step(&run, "build").await;
    console.until(&run, "held again", |state| held(state).is_some()).await;
    execute(&mut session, "COMMIT").await;
    assert_eq!(console.settled(&run, "build").await, StepStatus::Succeeded);
    assert!(says(&mut console.database.owner().await, there).await);
    console.events(&run).await;
}
