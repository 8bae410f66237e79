//! Whether a way back is open, by what stands in a real database: what closes it, what it would lose, what has to be typed.

use crate::api::id;
use crate::console::{Console, refused as refused_by, succeeded};
use crate::killed::says;
use crate::migrations::old_transaction;
use crate::runbooks::{phase, shell, step};
use crate::support::{PASSWORD, eventually, execute};
use kneeboard::run::readiness::{Loss, Open};
use kneeboard::run::view::StepStatus;
use kneeboard::run::{RunId, RunState};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::Connection;
use std::process::Command;

const HEAD: &str = r#"
[database]
schema = "public"
revision = { table = "version", column = "v", before = "old", after = "new" }
indexes = [{ name = "ix_orders_n", table = "orders", definition = "CREATE INDEX ix_orders_n ON public.orders USING btree (n)" }]

[backup]
taken_by = "dump"
proven_by = "prove"

"#;

const PATHS: &str = r#"
[[rollback]]
id = "downgrade"
title = "Downgrade"
summary = "The index goes."
loses = "Nothing."
needs = ["own_revision"]
steps = ["drop"]

[[rollback]]
id = "restore"
title = "Restore"
summary = "From the backup."
loses = "What was written since."
needs = ["proven_backup", "no_dependants"]
loses_writes = true
steps = ["bring-back"]
"#;

/// A run whose change was made; its backup is taken and not proven.
async fn changed() -> (Console, RunId) {
    let build = "leaves = \"applied\"\nrun.sql.statements = [\"CREATE INDEX ix_orders_n ON orders (n)\", \"UPDATE version SET v = 'new'\"]";
    let drop = "leaves = \"reverted\"\nrun.sql.statements = [\"DROP INDEX ix_orders_n\", \"UPDATE version SET v = 'old'\"]";
    let phases = [
        phase(
            "migrate",
            "migrate",
            &[shell("dump", "echo dumped"), step("build", build), shell("prove", "echo good")],
        ),
        phase("back", "rollback", &[step("drop", drop), shell("bring-back", "echo back")]),
    ];
    let console = Console::open(&format!("{HEAD}{}{PATHS}", phases.concat())).await;
    for statement in [
        "CREATE TABLE orders (n int PRIMARY KEY)",
        "INSERT INTO orders SELECT generate_series(1, 100)",
        "CREATE TABLE version (v text)",
        "INSERT INTO version VALUES ('old')",
    ] {
        owner(&console, statement).await;
    }
    counted(&console, 100).await;
    let run = console.start_run().await;
    passes(&console, &run, "dump").await;
    passes(&console, &run, "build").await;
    (console, run)
}

async fn owner(console: &Console, sql: &str) {
    let mut owner = console.database.owner().await;
    execute(&mut owner, sql).await;
    owner.close().await.unwrap();
}

/// A session tells what it wrote when it ends, and that is some time after nobody listens to it.
async fn counted(console: &Console, writes: i64) {
    let all = "SELECT (n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables WHERE relname = 'orders'";
    eventually("the writes are counted", || async {
        sqlx::query_scalar::<_, i64>(all).fetch_one(&mut console.database.admin().await).await.unwrap()
            == writes
    })
    .await;
}

async fn passes(console: &Console, run: &RunId, step: &str) {
    console.start_step(run, step).await;
    assert_eq!(console.settled(run, step).await, StepStatus::Succeeded, "{}", console.out(run, step));
}

async fn take(console: &Console, run: &RunId, path: &str, rows: &str) -> (StatusCode, Value) {
    let confirm = &console.database.name;
    let command = json!({ "kind": "roll_back", "path": path, "reason": "it is slow", "confirm": confirm, "rows": rows });
    console.command(run, command).await
}

/// Why the way back was refused.
async fn refused(console: &Console, run: &RunId, path: &str) -> String {
    let (status, answer) = take(console, run, path, "unknown").await;
    assert_eq!(status, 409, "{answer}");
    answer.to_string()
}

fn closed(state: &RunState, path: &str) -> bool {
    matches!(state.open(state.runbook.path(&id(path)).unwrap()), Open::No { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_revision_one_goes_back_only_from_the_one_that_the_change_has_made() {
    let (console, run) = changed().await;
    owner(&console, "INSERT INTO version VALUES ('old')").await;
    let why = refused(&console, &run, "downgrade").await;
    assert!(why.contains("2 revisions are stored: new, old"), "{why}");
    let state = console.state(&run).await;
    assert!(closed(&state, "downgrade"), "what was read for the decision is an event of the run");
    assert!(state.rollback.is_none(), "nothing was started");

    owner(&console, "DELETE FROM version").await;
    let why = refused(&console, &run, "downgrade").await;
    assert!(why.contains("no revision is stored"), "{why}");
    owner(&console, "INSERT INTO version VALUES ('newer')").await;
    let why = refused(&console, &run, "downgrade").await;
    assert!(why.contains("revision newer, which this change has not made"), "{why}");

    owner(&console, "UPDATE version SET v = 'new'").await;
    let (status, answer) = take(&console, &run, "downgrade", "").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(console.settled(&run, "drop").await, StepStatus::Succeeded);
    console.events(&run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_proven_backup_is_restored_and_who_gives_up_rows_types_how_many() {
    let (console, run) = changed().await;
    let why = refused(&console, &run, "restore").await;
    assert!(why.contains("the backup is not proven"), "{why}");
    passes(&console, &run, "prove").await;
    owner(&console, "INSERT INTO orders SELECT generate_series(101, 140)").await;
    owner(&console, "UPDATE orders SET n = -n WHERE n > 130").await;
    owner(&console, "DELETE FROM orders WHERE n < 0").await;
    counted(&console, 160).await;

    let (status, answer) = take(&console, &run, "restore", "0").await;
    assert_eq!(status, 422, "{answer}");
    let state = console.state(&run).await;
    let Some(Loss::Rows(tables)) = state.written_since_backup() else {
        panic!("{:?}", state.written_since_backup())
    };
    let told: Vec<_> = tables.iter().map(|t| (t.table.as_str(), t.inserted, t.updated, t.deleted)).collect();
    assert_eq!(told, [("orders", 40, 10, 10)], "and nothing of the table of revisions");
    assert!(answer.to_string().contains("sight: 60. Type that number"), "{answer}");

    owner(&console, "INSERT INTO orders VALUES (1000)").await;
    counted(&console, 161).await;
    let (status, answer) = take(&console, &run, "restore", "60").await;
    assert_eq!(status, 422, "somebody still writes: {answer}");
    let (status, answer) = take(&console, &run, "restore", "61").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(console.settled(&run, "bring-back").await, StepStatus::Succeeded);
    console.events(&run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_others_depend_on_is_not_moved_away() {
    let (console, run) = changed().await;
    passes(&console, &run, "prove").await;
    owner(&console, "CREATE SCHEMA reports").await;
    let ways = [
        ("CREATE VIEW reports.all_orders AS SELECT n FROM orders", "view reports.all_orders"),
        ("CREATE MATERIALIZED VIEW reports.kept AS SELECT n FROM orders", "materialized view reports.kept"),
        ("CREATE TABLE reports.lines (n int REFERENCES orders (n))", "on reports.lines"),
        (
            "CREATE FUNCTION reports.one(orders) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "function reports.one(public.orders)",
        ),
    ];
    for (make, told) in ways {
        owner(&console, make).await;
        let why = refused(&console, &run, "restore").await;
        assert!(why.contains("other schemas depend on this one") && why.contains(told), "{why}");
        owner(&console, "DROP SCHEMA reports CASCADE").await;
        owner(&console, "CREATE SCHEMA reports").await;
    }
    let (status, answer) = take(&console, &run, "restore", "0").await;
    assert_eq!(status, 200, "{answer}");
    console.settled(&run, "bring-back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_that_a_crash_has_reset_cannot_tell_and_the_word_is_typed() {
    let (console, run) = changed().await;
    passes(&console, &run, "prove").await;
    let reset = "SELECT pg_stat_reset()";
    sqlx::query(reset).execute(&mut console.database.admin().await).await.unwrap();
    let (status, answer) = take(&console, &run, "restore", "0").await;
    assert_eq!(status, 422, "{answer}");
    assert!(answer.to_string().contains("the server's counters were reset since"), "{answer}");
    let (status, answer) = take(&console, &run, "restore", "unknown").await;
    assert_eq!(status, 200, "{answer}");
    console.settled(&run, "bring-back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_target_cannot_be_reached_the_way_back_is_not_refused_and_what_was_said_stays() {
    let (console, run) = changed().await;
    console.database.lose().await;
    let (status, answer) = take(&console, &run, "downgrade", "").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(console.settled(&run, "drop").await, StepStatus::Failed);
    let state = console.state(&run).await;
    assert_eq!(state.said.unwrap().revisions, ["new"]);
    console.events(&run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_somebody_else_builds_an_index_of_the_change_nothing_is_dropped() {
    let (console, run) = changed().await;
    owner(&console, "DROP INDEX ix_orders_n").await;
    let mut reader = old_transaction(&console).await;
    let mut builder = console.database.owner().await;
    let building = tokio::spawn(async move {
        sqlx::raw_sql("CREATE INDEX CONCURRENTLY ix_orders_n ON orders (n)").execute(&mut builder).await
    });
    eventually("the build waits for the reader", || async {
        let waits = "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE phase = 'waiting for old snapshots')";
        sqlx::query_scalar(waits).fetch_one(&mut console.database.admin().await).await.unwrap()
    })
    .await;
    let why = refused(&console, &run, "downgrade").await;
    assert!(why.contains("ix_orders_n is being built by a session that is not this run's"), "{why}");
    let (status, answer) = console
        .command(&run, json!({ "kind": "remedy", "index": "ix_orders_n", "how": "drop", "reason": "?" }))
        .await;
    assert_eq!(status, 409, "{answer}");
    execute(&mut reader, "COMMIT").await;
    building.await.unwrap().unwrap();
    let (status, answer) = take(&console, &run, "downgrade", "").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(console.settled(&run, "drop").await, StepStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nothing_else_answers_the_printed_lines_go_the_way_back() {
    let (mut console, run) = changed().await;
    let shown = succeeded(console.kneeboard(&["rollback", run.as_str()]));
    assert!(shown.contains("downgrade        open"), "{shown}");
    assert!(shown.contains("the backup is not proven"), "{shown}");
    assert!(shown.contains("rows written since the backup: 0"), "{shown}");
    console.kill();
    let lines = succeeded(console.kneeboard(&["rollback", run.as_str(), "--path", "downgrade", "--print"]));
    assert!(lines.contains("# Loses: Nothing."), "{lines}");
    // With nothing of the console's own around.
    let shell = Command::new("sh")
        .args(["-e", "-c", &lines])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("PGPASSWORD", PASSWORD)
        .output()
        .unwrap();
    assert!(shell.status.success(), "{lines}\n{}", String::from_utf8_lossy(&shell.stderr));
    let back = "SELECT to_regclass('ix_orders_n') IS NULL AND (SELECT v = 'old' FROM version)";
    assert!(says(&mut console.database.owner().await, back).await);
    let restore = succeeded(console.kneeboard(&["rollback", run.as_str(), "--path", "restore", "--print"]));
    assert!(restore.contains("sh -c 'echo back'"), "{restore}");
    let unknown = refused_by(console.kneeboard(&["rollback", run.as_str(), "--path", "sideways", "--print"]));
    assert!(unknown.contains("it has downgrade, restore"), "{unknown}");
}
