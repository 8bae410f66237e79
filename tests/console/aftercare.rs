//! The counters at the change and the looks at the target since, through a running console: `/api/v1/runs/{id}/aftercare`.

use crate::console::Console;
use crate::killed::goes_on;
use crate::runbooks::{ORDERS, build, phase, shell, step};
use crate::support::{eventually, execute};
use kneeboard::run::RunId;
use kneeboard::run::view::StepStatus;
use serde_json::{Value, json};
use sqlx::Connection;

const BACK: &str = r#"
[[rollback]]
id = "back"
title = "Drop it"
summary = "The index goes."
loses = "Nothing."
steps = ["drop"]
"#;

/// Its verification scans the index, and then says something.
async fn open() -> (Console, RunId) {
    let count = step("count", "run.query.sql = \"SELECT n FROM orders WHERE n = 7\"");
    let drop =
        "leaves = \"reverted\"\nrun.sql.statements = [\"DROP INDEX CONCURRENTLY IF EXISTS ix_orders_n\"]";
    let phases = [
        phase("migrate", "migrate", &[build()]),
        phase("verify", "verify", &[count, shell("say", "echo done")]),
        phase("back", "rollback", &[step("drop", drop)]),
    ];
    let console = Console::open(&format!("{ORDERS}{}{BACK}", phases.concat())).await;
    let mut owner = console.database.owner().await;
    execute(&mut owner, "CREATE TABLE orders AS SELECT n FROM generate_series(1, 20000) n").await;
    execute(&mut owner, "ANALYZE orders").await;
    let run = console.start_run().await;
    (console, run)
}

async fn aftercare(console: &Console, run: &RunId) -> Value {
    let answer = console.get(&format!("/runs/{run}/aftercare")).send().await.unwrap();
    answer.error_for_status().unwrap().json().await.unwrap()
}

/// What is said of the index itself.
fn missed(report: &Value) -> bool {
    let concerns = report["concerns"].as_array().unwrap();
    concerns.iter().any(|concern| concern["subject"] == "ix_orders_n" && concern["level"] == "critical")
}

async fn scans(console: &Console) -> i64 {
    let scans = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'ix_orders_n'";
    sqlx::query_scalar(scans).fetch_one(&mut console.database.admin().await).await.unwrap()
}

/// The application looks three orders up; the server counts that when its session has ended.
async fn look_up(console: &Console) {
    let before = scans(console).await;
    let mut application = console.database.owner().await;
    execute(&mut application, "SET enable_seqscan = off").await;
    for n in 1..=3 {
        execute(&mut application, &format!("SELECT FROM orders WHERE n = {n}")).await;
    }
    application.close().await.unwrap();
    eventually("the scans are counted", async || scans(console).await == before + 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_since_the_change_is_told_also_by_the_next_console() {
    let (mut console, run) = open().await;
    let early = aftercare(&console, &run).await;
    assert_eq!((&early["behind"], &early["applied"]), (&Value::Null, &json!(false)), "{early}");
    assert!(!missed(&early), "before the change nobody misses its index: {early}");

    goes_on(&console, &run, "build").await;
    goes_on(&console, &run, "count").await;
    assert!(scans(&console).await > 0, "the verification has read the index");
    look_up(&console).await;
    console.kill_and_serve_again();
    let report = aftercare(&console, &run).await;
    assert_eq!((&report["behind"], &report["applied"]), (&json!("count"), &json!(true)), "{report}");
    assert_eq!((&report["lacks"], &report["error"]), (&Value::Null, &Value::Null), "{report}");
    let [index] = report["look"]["since"]["indexes"].as_array().unwrap().as_slice() else {
        panic!("{report}")
    };
    assert_eq!(
        (&index["now"]["name"], &index["scans"]["scans"]),
        (&json!("ix_orders_n"), &json!(3)),
        "{report}"
    );
    let remedy = &report["look"]["statements"]["unseen"]["remedy"];
    assert!(remedy.as_str().unwrap().starts_with("CREATE EXTENSION pg_stat_statements"), "{report}");
    assert!(!missed(&report), "{report}");

    console.database.run("DROP INDEX ix_orders_n").await;
    // The next console has no look that is young enough to be given again.
    console.kill_and_serve_again();
    let report = aftercare(&console, &run).await;
    assert!(missed(&report), "{report}");
    assert_eq!(report["concerns"][0]["said"], "is not there", "the worst comes first: {report}");

    let confirm = &console.database.name;
    let back = json!({ "kind": "roll_back", "path": "back", "reason": "It is gone.", "confirm": confirm });
    assert_eq!(console.command(&run, back).await.0, 200);
    assert_eq!(console.settled(&run, "drop").await, StepStatus::Succeeded);
    let report = aftercare(&console, &run).await;
    assert_eq!(report["behind"], "drop");
    assert!(!missed(&report), "taken back, it is not missed: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_that_cannot_be_had_do_not_hold_up_the_run_and_are_told() {
    let (console, run) = open().await;
    goes_on(&console, &run, "build").await;
    goes_on(&console, &run, "count").await;
    console.database.lose().await;
    console.start_step(&run, "say").await;
    assert_eq!(console.settled(&run, "say").await, StepStatus::Succeeded);
    let report = aftercare(&console, &run).await;
    assert_eq!((&report["behind"], &report["look"]), (&json!("count"), &Value::Null), "{report}");
    assert!(report["lacks"].as_str().unwrap().starts_with("behind say: "), "{report}");
    assert!(report["error"].as_str().unwrap().contains("cannot be reached"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_about_no_part_of_a_database_has_no_aftercare() {
    let console = Console::open(&phase("work", "migrate", &[shell("one", "true")])).await;
    let run = console.start_run().await;
    let answer = console.get(&format!("/runs/{run}/aftercare")).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let refusal: Value = answer.json().await.unwrap();
    assert!(refusal["message"].as_str().unwrap().contains("names no part of a database"), "{refusal}");
}
