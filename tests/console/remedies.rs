//! An index is broken by hand, an inventory of the run names it, and the remedy that an operator chooses puts it right.

use crate::api::{actor_of, id};
use crate::console::Console;
use crate::killed::waits_for_lock;
use crate::migrations::old_transaction;
use crate::runbooks::{ORDERS, build, phase, step};
use crate::support::{Database, execute};
use kneeboard::run::event::Known;
use kneeboard::run::reading::{IndexState, Reading};
use kneeboard::run::view::StepStatus;
use kneeboard::run::{RunId, RunState};
use serde_json::{Value, json};

const INDEX: &str = "ix_orders_n";

/// A run behind its change, with so many inventories to come.
async fn changed(inventories: u32) -> (Console, RunId) {
    let inventory = |n| step(&format!("inventory-{n}"), "run.inventory.expect = \"applied\"");
    let inventories: Vec<String> = (1..=inventories).map(inventory).collect();
    let phases = [phase("migrate", "migrate", &[build()]), phase("verify", "verify", &inventories)];
    let console = Console::open(&format!("{ORDERS}{}", phases.concat())).await;
    let mut owner = console.database.owner().await;
    execute(&mut owner, "CREATE TABLE orders AS SELECT n FROM generate_series(1, 2000) n").await;
    let run = console.start_run().await;
    console.start_step(&run, "build").await;
    assert_eq!(console.settled(&run, "build").await, StepStatus::Succeeded);
    (console, run)
}

fn remedy(index: &str, how: &str) -> Value {
    json!({ "kind": "remedy", "index": index, "how": how, "reason": "The inventory says so." })
}

async fn chosen(console: &Console, run: &RunId, index: &str, how: &str) {
    let (status, answer) = console.command(run, remedy(index, how)).await;
    assert_eq!(status, 200, "{answer}");
}

/// What the last attempt of a step found wrong, apart from the whole.
fn found(state: &RunState, step: &str) -> Vec<String> {
    let shown = &state.last_attempt(&id(step)).unwrap().judged.as_ref().unwrap().shown;
    let parts = shown.findings.iter().filter(|finding| finding.subject != "database");
    parts.map(|finding| format!("{}: {}", finding.subject, finding.reason)).collect()
}

fn is_whole(state: &RunState) -> bool {
    let Some(Reading::Says(says)) = &state.database else { return false };
    says.strays.is_empty() && says.index(INDEX).is_some_and(|index| index.state == IndexState::Ok)
}

/// Drops the index, and may leave another one in its place.
async fn replace(database: &Database, with: &str) {
    database.run("DROP INDEX ix_orders_n").await;
    if !with.is_empty() {
        database.run(with).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_broken_by_hand_is_named_and_put_right_as_a_step_of_the_run() {
    let (console, run) = changed(3).await;
    let database = &console.database;
    let ways = [
        ("missing", "build", "Build"),
        ("invalid", "rebuild", "Rebuild"),
        ("different", "replace", "Replace"),
    ];
    for (n, (state, how, word)) in (1..).zip(ways) {
        match state {
            "missing" => replace(database, "").await,
            "different" => replace(database, "CREATE INDEX ix_orders_n ON orders (n DESC)").await,
            _ => {
                replace(database, "").await;
                database.interrupt("CREATE INDEX CONCURRENTLY ix_orders_n ON orders (n)", "orders").await;
            }
        }
        let (inventory, step) = (format!("inventory-{n}"), format!("remedy-{n}"));
        console.start_step(&run, &inventory).await;
        assert_eq!(console.settled(&run, &inventory).await, StepStatus::Failed, "{state}");
        assert_eq!(
            found(&console.state(&run).await, &inventory),
            [format!("{INDEX}: {state} instead of ok")]
        );

        chosen(&console, &run, INDEX, how).await;
        assert_eq!(console.settled(&run, &step).await, StepStatus::Succeeded, "{}", console.out(&run, &step));
        let after = console.state(&run).await;
        assert!(is_whole(&after), "{:?}", after.database);
        assert_eq!(after.runbook.step(&id(&step)).unwrap().1.title, format!("{word} {INDEX}"));
        assert!(console.download(&run, &step).await.contains("it is ok now"));
        console.start_step(&run, &inventory).await;
        assert_eq!(console.settled(&run, &inventory).await, StepStatus::Succeeded, "{state}");
    }
    let (status, answer) = console.command(&run, json!({ "kind": "end_run" })).await;
    assert_eq!(status, 200, "{answer}");
    let events = console.events(&run).await;
    assert_eq!(actor_of(&events, |known| matches!(known, Known::RemedyChosen { .. })), "olga");
    let ended = console.state(&run).await.ended.clone().unwrap();
    assert_eq!(ended.ending.word(), "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_with_what_does_and_a_remedy_takes_a_reason() {
    let (console, run) = changed(1).await;
    let refused = async |command: Value| {
        let (status, answer) = console.command(&run, command).await;
        assert!(status.is_client_error(), "{answer}");
        format!("{} {}", answer["message"].as_str().unwrap(), answer["hint"].as_str().unwrap_or_default())
    };
    let unfit = refused(remedy(INDEX, "build")).await;
    assert!(unfit.contains("ix_orders_n is ok.") && unfit.contains("What fits: Rebuild, Drop."), "{unfit}");
    let unknown = refused(remedy("ix_others", "drop")).await;
    assert!(unknown.contains("ix_others is no index of this runbook"), "{unknown}");
    let silent = refused(json!({ "kind": "remedy", "index": INDEX, "how": "rebuild", "reason": " " })).await;
    assert!(silent.contains("why"), "{silent}");
    assert_eq!(console.state(&run).await.attempts.len(), 1, "nothing was started");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupted_rebuild_leaves_is_asked_about_and_dropped() {
    let (console, run) = changed(1).await;
    console.database.interrupt("REINDEX INDEX CONCURRENTLY ix_orders_n", "orders").await;
    console.start_step(&run, "inventory-1").await;
    assert_eq!(console.settled(&run, "inventory-1").await, StepStatus::Inconclusive);
    let left = "ix_orders_n_ccnew: invalid on orders, left behind by a rebuild that was stopped";
    assert_eq!(found(&console.state(&run).await, "inventory-1"), [left]);

    chosen(&console, &run, "ix_orders_n_ccnew", "drop").await;
    assert_eq!(console.settled(&run, "remedy-1").await, StepStatus::Succeeded);
    let note = "It was dropped: asked again.";
    let rejected = json!({ "kind": "reject_verdict", "step": "inventory-1", "note": note });
    assert_eq!(console.command(&run, rejected).await.0, 200);
    console.start_step(&run, "inventory-1").await;
    assert_eq!(console.settled(&run, "inventory-1").await, StepStatus::Succeeded);
    assert!(is_whole(&console.state(&run).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_goes_on_without_the_console_and_is_done_once() {
    let (mut console, run) = changed(1).await;
    let mut reader = old_transaction(&console).await;
    chosen(&console, &run, INDEX, "rebuild").await;
    waits_for_lock(&console, "remedy-1").await;
    console.kill();
    execute(&mut reader, "COMMIT").await;
    console.serve();
    assert_eq!(console.settled(&run, "remedy-1").await, StepStatus::Succeeded);
    let log = console.download(&run, "remedy-1").await;
    assert_eq!(log.matches("REINDEX INDEX CONCURRENTLY").count(), 1, "{log}");
    assert_eq!(console.times_queued(&run, "remedy-1").await, 1);
    assert!(is_whole(&console.state(&run).await));
}
