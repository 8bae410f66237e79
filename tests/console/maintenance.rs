//! The runbook of TextLoom's maintenance, walked on a real database through every answer that its steps can give: bloat that nobody can
//! measure, that is there, that is not; a rebuild of what is bloated and of nothing else; an index that is left behind.

use crate::api::id;
use crate::console::{Console, succeeded};
use crate::killed::goes_on;
use crate::support::{OWNER, execute};
use kneeboard::run::RunId;
use kneeboard::run::view::StepStatus;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// A b-tree that four of five rows have left, and a full one, both large enough to count.
const BLOAT: &str = "
    CREATE TABLE textloom_core.bloated (n int PRIMARY KEY);
    CREATE TABLE textloom_core.filled (n int PRIMARY KEY);
    INSERT INTO textloom_core.bloated SELECT generate_series(1, 200000);
    INSERT INTO textloom_core.filled SELECT generate_series(1, 100000);
    DELETE FROM textloom_core.bloated WHERE n % 5 <> 0;";

async fn open() -> Console {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    let runbook = std::fs::read_to_string(folder.join("textloom-maintenance.toml")).unwrap();
    let console = Console::open(&runbook[runbook.find("[parameters").unwrap()..]).await;
    std::os::unix::fs::symlink(folder.join("textloom"), console.path("runbooks/textloom")).unwrap();
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "n=500", "-d", &console.database.url(OWNER)]);
    psql.args(["schema", "data"].map(|name| format!("-f{}/textloom/sql/{name}.sql", folder.display())));
    succeeded(psql);
    let mut owner = console.database.owner().await;
    execute(&mut owner, BLOAT).await;
    execute(&mut owner, "VACUUM textloom_core.bloated").await;
    console
}

/// A run that came to its look at bloat, which is inconclusive where a person is to say something.
async fn looked(console: &Console, parameters: Value) -> (RunId, StepStatus) {
    let body = json!({ "runbook": "test", "target": "shop", "parameters": parameters });
    let (status, answer) = console.post("olga", "/runs", &body).await;
    assert_eq!(status, 201, "{answer}");
    let run: RunId = serde_json::from_value(answer["id"].clone()).unwrap();
    let quiet = json!({ "kind": "answer_item", "item": "quiet-time", "answer": "done" });
    assert_eq!(console.command(&run, quiet).await.0, 200);
    goes_on(console, &run, "dead-rows").await;
    let status = bloat(console, &run).await;
    (run, status)
}

async fn bloat(console: &Console, run: &RunId) -> StepStatus {
    console.start_step(run, "bloat").await;
    console.settled(run, "bloat").await
}

async fn settle(console: &Console, run: &RunId, kind: &str) {
    let command = json!({ "kind": kind, "step": "bloat", "note": "I have looked." });
    let (status, answer) = console.command(run, command).await;
    assert_eq!(status, 200, "{answer}");
}

async fn end(console: &Console, run: &RunId) {
    let (status, answer) = console.command(run, json!({ "kind": "end_run" })).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bloat_that_nobody_can_measure_is_asked_about_and_nothing_is_rebuilt() {
    let console = open().await;
    let (run, status) = looked(&console, json!({})).await;
    assert_eq!(status, StepStatus::Inconclusive, "without pgstattuple");
    settle(&console, &run, "reject_verdict").await;

    console.database.run("CREATE EXTENSION pgstattuple").await;
    assert_eq!(bloat(&console, &run).await, StepStatus::Inconclusive, "without the right to use it");
    settle(&console, &run, "accept_verdict").await;
    goes_on(&console, &run, "vacuum").await;
    console.start_step(&run, "rebuild").await;
    assert_eq!(console.settled(&run, "rebuild").await, StepStatus::Failed);
    let log = console.download(&run, "rebuild").await;
    assert!(log.contains("permission denied for function pgstatindex"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bloated_is_rebuilt_and_nothing_else() {
    let console = open().await;
    console.database.run("CREATE EXTENSION pgstattuple").await;
    console.database.run("GRANT EXECUTE ON FUNCTION pgstatindex(regclass) TO owner").await;
    // By another limit of the run's there is no bloat.
    let (run, status) = looked(&console, json!({ "leaf_density": "10" })).await;
    assert_eq!(status, StepStatus::Succeeded);
    goes_on(&console, &run, "vacuum").await;
    goes_on(&console, &run, "rebuild").await;
    let log = console.download(&run, "rebuild").await;
    assert!(
        log.contains("nothing to do: no b-tree of at least 1,000,000 bytes is less than 10 % full"),
        "{log}"
    );
    goes_on(&console, &run, "leftovers").await;
    end(&console, &run).await;

    let (run, status) = looked(&console, json!({})).await;
    assert_eq!(status, StepStatus::Inconclusive);
    let state = console.state(&run).await;
    let judged = state.last_attempt(&id("bloat")).unwrap().judged.as_ref().unwrap();
    assert!(judged.reason.contains("There are bloated indexes"), "{}", judged.reason);
    settle(&console, &run, "accept_verdict").await;
    goes_on(&console, &run, "vacuum").await;
    let (bloated, filled) = files(&console).await;
    goes_on(&console, &run, "rebuild").await;
    let log = console.download(&run, "rebuild").await;
    assert!(log.contains("1/1 bloated_pkey: "), "{log}");
    let after = files(&console).await;
    assert!(after.0 != bloated && after.1 == filled, "only the one was written anew");

    let build = "CREATE INDEX CONCURRENTLY halfway ON textloom_core.filled ((n + 1))";
    console.database.interrupt(build, "textloom_core.filled").await;
    console.start_step(&run, "leftovers").await;
    assert_eq!(console.settled(&run, "leftovers").await, StepStatus::Failed);
    let log = console.download(&run, "leftovers").await;
    assert!(log.contains("INVALID index textloom_core.halfway"), "{log}");
    console.database.run("DROP INDEX textloom_core.halfway").await;
    goes_on(&console, &run, "leftovers").await;
    end(&console, &run).await;
}

/// Which files the two b-trees are in: a rebuild makes a new one.
async fn files(console: &Console) -> (i64, i64) {
    let files = "SELECT pg_relation_filenode('textloom_core.bloated_pkey')::bigint, pg_relation_filenode('textloom_core.filled_pkey')::bigint";
    sqlx::query_as(files).fetch_one(&mut console.database.admin().await).await.unwrap()
}
