//! The rehearsal: what it leaves, where it ends, and that nothing is left behind of its copy.

use super::support::{Database, OWNER, eventually};
use super::{BY_STATUS, Done, by_status, command, finished, id, shop};
use kneeboard::run::reading::Figure;
use kneeboard::run::result::{Body, Rehearsal};
use kneeboard::runbook::Step;
use kneeboard::server::worker::{Leg, Part, Plan, Program, Runs, Task};
use kneeboard::verdict::{Verdict, worst};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tempfile::TempDir;
use tokio::process::Child;

/// A dump of the target, restored beside it, for as long as somebody listens.
const COPY: &str = r#"
    name=${PGDATABASE}_copy
    trap 'dropdb --if-exists --force "$name" && echo "$name is gone"' EXIT
    trap 'exit 130' INT TERM
    dropdb --if-exists --force "$name"
    createdb "$name"
    pg_dump --format=custom --schema=shop | pg_restore --exit-on-error --no-owner --dbname="$name"
    printf '{"PGDATABASE": "%s"}' "$name" >"$KNEEBOARD_COPY.new"
    mv "$KNEEBOARD_COPY.new" "$KNEEBOARD_COPY"
    cat
"#;

fn bash(script: &str) -> Program {
    let argv = ["bash", "-euc", script].map(str::to_owned).to_vec();
    Program { argv, env: BTreeMap::new(), cwd: None }
}

fn step(name: &str, sql: &[&str], leaves: Value) -> Step {
    let step = json!({"id": name, "title": name, "timeout": "1m", "leaves": leaves, "run": {"sql": {"statements": sql, "transaction": true}}});
    serde_json::from_value(step).unwrap()
}

fn part(step: Step) -> Part {
    let kneeboard::runbook::Action::Sql(sql) = step.run.clone() else { panic!("no statements") };
    let env = BTreeMap::from([
        ("PGAPPNAME".to_owned(), format!("kneeboard 01234567/{}", step.id)),
        ("PGOPTIONS".to_owned(), "-c statement_timeout=60000".to_owned()),
    ]);
    Part { step, env, runs: Runs::Task(Box::new(Task::Sql { sql })) }
}

fn inventory() -> Part {
    let step =
        json!({"id": "look", "title": "look", "timeout": "1m", "run": {"inventory": {"expect": "applied"}}});
    let (database, expect) = (by_status(), kneeboard::runbook::Leaves::Applied);
    let task = Task::Inventory { database, expect, counted: None, plans: Vec::new() };
    Part {
        step: serde_json::from_value(step).unwrap(),
        env: BTreeMap::new(),
        runs: Runs::Task(Box::new(task)),
    }
}

/// The index is built, looked at and dropped. Both keep their locks for a while, so that they are seen.
fn plan(up: &[&str]) -> Plan {
    let up = part(step("up", up, json!("applied")));
    let down = part(step("down", &["DROP INDEX shop.by_status"], json!("reverted")));
    Plan {
        copy: bash(COPY),
        measure: None,
        legs: vec![
            Leg { path: None, parts: vec![up, inventory()] },
            Leg { path: Some(id("back")), parts: vec![down] },
        ],
        database: Some(by_status()),
        window_minutes: Some(15),
    }
}

const UP: [&str; 2] = [BY_STATUS, "SELECT pg_sleep(1)"];

async fn target() -> Database {
    let database = shop().await;
    database.run(&format!("ALTER ROLE {OWNER} CREATEDB")).await;
    database
}

fn begin(database: &Database, plan: Plan) -> (Child, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(database, &Task::Rehearse(Box::new(plan)), &folder);
    command.env("PATH", std::env::var("PATH").unwrap()).process_group(0);
    (command.spawn().unwrap(), folder)
}

async fn rehearse(database: &Database, plan: Plan) -> Done {
    let (child, folder) = begin(database, plan);
    finished(child, folder).await
}

fn rehearsal(done: &Done) -> &Rehearsal {
    let Body::Rehearsal(rehearsal) = &done.result().body else { panic!("another body") };
    rehearsal
}

async fn exists(database: &Database, sql: &str) -> bool {
    let sql = sqlx::AssertSqlSafe(format!("SELECT EXISTS ({sql})"));
    sqlx::query_scalar(sql).fetch_one(&mut database.admin().await).await.unwrap()
}

async fn copy_is_there(database: &Database) -> bool {
    exists(database, "SELECT FROM pg_database WHERE datname = current_database() || '_copy'").await
}

async fn nothing_is_left(database: &Database) {
    eventually("the copy's end", || async { !copy_is_there(database).await }).await;
    assert!(!exists(database, "SELECT FROM pg_class WHERE relname = 'by_status'").await, "on the target");
}

#[tokio::test]
async fn forward_and_back_on_a_copy_the_target_stays_as_it_was() {
    let database = target().await;
    let measure = r#"printf '{"findings": [], "body": {"kind": "figures", "figures": [{"name": "%s", "value": %s, "unit": "count"}]}}' \
        "tasks.$KNEEBOARD_MOMENT" "$(psql -XAt -c 'SELECT count(*) FROM shop.tasks')" >"$KNEEBOARD_RESULT""#;
    let done = rehearse(&database, Plan { measure: Some(bash(measure)), ..plan(&UP) }).await;
    assert_eq!(done.code, 0, "{}", done.output);
    assert_eq!(worst(&done.result().findings), Verdict::Pass, "{:?}", done.result().findings);
    done.says("=== 1 of 3: up (up)");
    done.says("[1/2] CREATE INDEX by_status");
    done.says("_copy is gone");
    let left = rehearsal(&done);
    let steps: Vec<_> = left.steps.iter().map(|step| (step.step.as_str(), step.verdict)).collect();
    assert_eq!(steps, [("up", Verdict::Pass), ("look", Verdict::Pass), ("down", Verdict::Pass)]);
    assert_eq!(left.steps[0].reason, "command said exit code 0; database says of 1 indexes 1 ok");
    let locks = left.steps[0].locks.as_deref().expect("a look at the locks");
    assert_eq!((locks[0].table.as_str(), locks[0].lock.word()), ("shop.tasks", "SHARE"), "{locks:?}");
    assert_eq!(
        left.built.as_ref().and_then(|says| says.indexes[0].bytes).map(|bytes| bytes > 8_192),
        Some(true)
    );
    let figures = done.result().figures();
    let of =
        |name: &str| figures.iter().find(|figure: &&Figure| figure.name == name).map(|figure| figure.value);
    assert!(of("rehearsed.up.ms") >= Some(1_000.0) && of("rehearsed.down.ms").is_some(), "{figures:?}");
    for moment in ["before", "applied", "reverted"] {
        assert_eq!(of(&format!("tasks.{moment}")), Some(20_000.0));
    }
    nothing_is_left(&database).await;
}

#[tokio::test]
async fn it_ends_at_the_first_step_that_fails_and_says_which() {
    let database = target().await;
    let done = rehearse(&database, plan(&["CREATE INDEX by_status ON shop.tasks (created_at)"])).await;
    assert_eq!(done.code, 0, "{}", done.output);
    let [finding] = done.result().findings.as_slice() else { panic!("{:?}", done.result().findings) };
    assert_eq!((finding.verdict, finding.subject.as_str()), (Verdict::Fail, "\"up\" on the way forward"));
    assert_eq!(finding.reason, "command said exit code 0, but database says of 1 indexes 0 ok, 1 different");
    assert_eq!(rehearsal(&done).steps.len(), 1);
    nothing_is_left(&database).await;
}

#[tokio::test]
async fn what_does_not_fit_into_the_window_fails() {
    let database = target().await;
    let done = rehearse(&database, Plan { window_minutes: Some(0), ..plan(&UP) }).await;
    done.says("fail: window: forward and back with a margin of one half:");
    assert_eq!(worst(&done.result().findings), Verdict::Fail);
}

#[tokio::test]
async fn stopped_while_a_step_runs_or_the_copy_is_made_it_leaves_no_copy() {
    let database = target().await;
    let asleep = "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()
        AND datname = current_database() || '_copy'";
    let (child, folder) = begin(&database, plan(&[BY_STATUS, "SELECT pg_sleep(60)"]));
    eventually("asleep", || exists(&database, asleep)).await;
    killpg(Pid::from_raw(child.id().unwrap().try_into().unwrap()), Signal::SIGINT).unwrap();
    let done = finished(child, folder).await;
    assert_eq!(done.code, 130, "{}", done.output);
    assert!(done.result.is_none() && !copy_is_there(&database).await, "{}", done.output);

    let slow = COPY.replace("pg_dump ", "sleep 60; pg_dump ");
    let (child, folder) = begin(&database, Plan { copy: bash(&slow), ..plan(&UP) });
    eventually("a copy", || copy_is_there(&database)).await;
    killpg(Pid::from_raw(child.id().unwrap().try_into().unwrap()), Signal::SIGTERM).unwrap();
    let done = finished(child, folder).await;
    assert_eq!(done.code, 143, "{}", done.output);
    nothing_is_left(&database).await;
}

#[tokio::test]
async fn killed_it_leaves_no_copy_either() {
    let database = target().await;
    let (mut child, _folder) = begin(&database, plan(&[BY_STATUS, "SELECT pg_sleep(60)"]));
    let built =
        "SELECT FROM pg_stat_activity WHERE application_name = 'kneeboard 01234567/up' AND state = 'active'
        AND datname = current_database() || '_copy'";
    eventually("a build", || exists(&database, built)).await;
    kill(Pid::from_raw(child.id().unwrap().try_into().unwrap()), Signal::SIGKILL).unwrap();
    child.wait().await.unwrap();
    nothing_is_left(&database).await;
}

#[tokio::test]
async fn a_copy_that_is_the_target_or_was_not_made_is_refused() {
    let database = target().await;
    let itself = r#"printf '{"PGDATABASE": "%s"}' "$PGDATABASE" >"$KNEEBOARD_COPY"; cat"#;
    let done = rehearse(&database, Plan { copy: bash(itself), ..plan(&UP) }).await;
    assert_eq!(done.code, 1);
    done.says("the copy is the target itself: nothing was rehearsed");
    let done = rehearse(&database, Plan { copy: bash("exit 3"), ..plan(&UP) }).await;
    done.says("the copy was not made: its program ended with exit status: 3");
    let odd = r#"printf '{"DATABASE_URL": "x"}' >"$KNEEBOARD_COPY"; cat"#;
    let done = rehearse(&database, Plan { copy: bash(odd), ..plan(&UP) }).await;
    done.says("expected libpq's variables that lead to the copy, came DATABASE_URL");
    nothing_is_left(&database).await;
}

#[tokio::test]
async fn a_copy_that_stays_is_told_and_what_was_rehearsed_is_kept() {
    let database = target().await;
    let stays = COPY.replace("    cat\n", "    cat\n    trap - EXIT\n    exit 4\n");
    let done = rehearse(&database, Plan { copy: bash(&stays), ..plan(&UP) }).await;
    done.says("WARNING:  the copy may still be there: its program ended with exit status: 4");
    assert_eq!(worst(&done.result().findings), Verdict::Inconclusive);
    assert_eq!(rehearsal(&done).steps.len(), 3);
    // The next one clears it away.
    let done = rehearse(&database, plan(&UP)).await;
    assert_eq!(worst(&done.result().findings), Verdict::Pass, "{}", done.output);
    nothing_is_left(&database).await;
}
