//! One suite for the state, against SQLite and against PostgreSQL.

#![cfg(feature = "ssr")]

#[allow(dead_code, reason = "each test program uses its own part of it")]
#[path = "support/hook.rs"]
mod hook;
#[path = "store/outbox.rs"]
mod outbox;
#[allow(dead_code, reason = "each test program uses its own part of it")]
mod support;

use kneeboard::run::event::{Body, Ending, Event, Known, NO_HASH, Pace};
use kneeboard::run::reading::TargetFacts;
use kneeboard::run::{RunId, RunState};
use kneeboard::runbook::{Id, Runbook};
use kneeboard::server::store::{AppendError, OpenError, Store};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use support::{Database, OWNER};

fn id(text: &str) -> Id {
    Id::parse(text).expect("an id")
}

fn begin(run: &RunId, target: &str, at: i64) -> Event {
    let runbook = Runbook {
        tools: Vec::new(),
        slug: id("hello"),
        title: "Hello".to_owned(),
        summary: String::new(),
        parameters: BTreeMap::new(),
        database: None,
        aftercare: None,
        airbag: None,
        backup: None,
        window: None,
        phases: Vec::new(),
        rollback: Vec::new(),
        claims: Vec::new(),
    };
    let target = TargetFacts {
        name: id(target),
        environment: "staging".to_owned(),
        host: "h".to_owned(),
        database: "d".to_owned(),
        user: "u".to_owned(),
        server_version: "15".to_owned(),
        system_identifier: None,
        step_up: None,
    };
    let (runbook, runbook_sha256) = (Arc::new(runbook), "0".repeat(64));
    let (parameters, pace) = (BTreeMap::new(), Pace::StepByStep);
    let started = Known::RunStarted {
        run: run.clone(),
        runbook,
        runbook_sha256,
        target,
        parameters,
        pace,
        preflight: None,
    };
    Event::seal(NO_HASH, 1, at, "ann", None, Body::Known(started))
}

fn note(before: &Event, text: &str) -> Event {
    let body = Known::Noted { text: text.to_owned() };
    Event::seal(&before.hash, before.seq + 1, before.at + 1, "bob", None, Body::Known(body))
}

fn end(before: &Event) -> Event {
    let body = Known::RunEnded { ending: Ending::Abandoned, note: "enough".to_owned() };
    Event::seal(&before.hash, before.seq + 1, before.at + 1, "ann", None, Body::Known(body))
}

async fn keeps_runs(store: &Store) {
    let run = RunId::random();
    let first = begin(&run, "shop", 1_000);
    let second = note(&first, "it's \"quoted\" — ünïcode \u{1f6eb}");
    store.append(&run, std::slice::from_ref(&first)).await.expect("the run begins");
    store.append(&run, std::slice::from_ref(&second)).await.expect("a note");
    assert_eq!(store.events(&run, 0).await.expect("events"), [first.clone(), second.clone()]);
    assert_eq!(store.events(&run, 1).await.expect("events"), std::slice::from_ref(&second));
    assert_eq!(store.live_heads().await.expect("heads"), [(run.clone(), 2)]);

    // Whoever comes second is told so, and leaves nothing, not even the half of what they brought.
    let raced = note(&first, "me too");
    let lost = store.append(&run, &[raced.clone(), note(&raced, "and more")]).await;
    assert!(matches!(lost, Err(AppendError::Raced)), "{lost:?}");
    assert_eq!(store.events(&run, 0).await.expect("events").len(), 2);

    // One live run a target; another target is free.
    let other = RunId::random();
    let taken = store.append(&other, &[begin(&other, "shop", 2_000)]).await;
    assert!(matches!(taken, Err(AppendError::TargetTaken)), "{taken:?}");
    assert!(store.events(&other, 0).await.expect("events").is_empty());
    store.append(&other, &[begin(&other, "elsewhere", 2_000)]).await.expect("another target");

    let live = store.live_run("shop").await.expect("asked").expect("a live run");
    assert_eq!((live.run, live.started_by.as_str(), live.ending), (run.clone(), "ann", None));
    store.append(&run, &[end(&second)]).await.expect("the end");
    assert!(store.live_run("shop").await.expect("asked").is_none());
    let runs = store.runs(10).await.expect("runs");
    let told: Vec<_> = runs.iter().map(|run| (run.target.as_str(), run.ending, run.ended_at)).collect();
    assert_eq!(told, [("elsewhere", None, None), ("shop", Some(Ending::Abandoned), Some(1_002))]);
    assert_eq!(store.live_heads().await.expect("heads"), [(other, 1)]);

    let again = RunId::random();
    store.append(&again, &[begin(&again, "shop", 3_000)]).await.expect("the target is free again");
    assert!(RunState::fold(&store.events(&run, 0).await.expect("events")).expect("a run").ended.is_some());
}

/// Twenty at once for the same seq: one gets in.
async fn settles_races(store: &Store) {
    let run = RunId::random();
    let first = begin(&run, "race", 1_000);
    store.append(&run, std::slice::from_ref(&first)).await.expect("the run begins");
    let tries = (0..20).map(|n| {
        let (store, run, event) = (store.clone(), run.clone(), note(&first, &n.to_string()));
        tokio::spawn(async move { store.append(&run, &[event]).await })
    });
    let mut won = 0;
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.expect("no panic") {
            Ok(()) => won += 1,
            Err(AppendError::Raced) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(store.events(&run, 0).await.expect("events").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_runs_privately_and_refuses_a_state_of_a_newer_binary() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.sqlite");
    let url = format!("sqlite://{}", file.display());
    let store = Store::open(&url).await.expect("opens");
    keeps_runs(&store).await;
    settles_races(&store).await;
    outbox::keeps_what_is_to_be_sent(&store).await;
    outbox::two_consoles_deliver_once(&store).await;
    let mode = std::fs::metadata(&file).expect("the file").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "{mode:o}");
    assert!(refuses_newer(&store, &url).await.contains("older than its state"));
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_runs_and_refuses_a_state_of_a_newer_binary() {
    let database = Database::new().await;
    let url = database.url(OWNER);
    let store = Store::open(&url).await.expect("opens");
    keeps_runs(&store).await;
    settles_races(&store).await;
    outbox::keeps_what_is_to_be_sent(&store).await;
    outbox::two_consoles_deliver_once(&store).await;
    let refused = refuses_newer(&store, &url).await;
    assert!(refused.contains("older than its state"), "{refused}");
    assert!(!refused.contains("secret"));
}

async fn refuses_newer(store: &Store, url: &str) -> String {
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'of the future', $1, $2, 0)";
    sqlx::query(newer).bind(true).bind(vec![0_u8]).execute(store.pool()).await.expect("a newer migration");
    store.close().await;
    match Store::open(url).await {
        Err(error @ OpenError::Newer(9999)) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it opened"),
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_opened_says_what_to_do() {
    let error = |url: &'static str| async move { Store::open(url).await.err().expect("refused").to_string() };
    assert!(error("mysql://x").await.contains("expected a state such as"));
    assert!(error("sqlite:///nowhere/at/all/state.sqlite").await.contains("Check that the folder exists"));
    let refused = error("postgres://me:hunter2@127.0.0.1:1/x").await;
    assert!(!refused.contains("hunter2") && refused.contains("cannot be opened"), "{refused}");
}
