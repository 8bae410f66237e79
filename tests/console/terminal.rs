//! `kneeboard run`: the same commands from a terminal, beside a server and without one.

use crate::api::id;
use crate::console::{Console, refused, succeeded};
use crate::killed::says;
use crate::runbooks::{chatter, command, phase, shell, work};
use kneeboard::run::event::Ending;
use kneeboard::run::state::verify;
use kneeboard::run::view::StepStatus;
use kneeboard::run::{Event, RunId};
use serde_json::{Value, json};
use std::process::Stdio;

/// A step that waits for its cancel, and a way back that leaves a table.
fn runbook() -> String {
    let way_back = [command("undo", &["psql", "-X", "-c", "CREATE TABLE undone ()"])];
    let path = "[[rollback]]\nid = \"back\"\ntitle = \"Back\"\nsummary = \"Undo.\"\nloses = \"Nothing.\"\nsteps = [\"undo\"]\n";
    format!(
        "{}{}{path}",
        work(&[shell("wait", "echo here; exec sleep 600")]),
        phase("way-back", "rollback", &way_back)
    )
}

fn started(console: &Console) -> RunId {
    let answer =
        succeeded(console.kneeboard(&["run", "start", "test", "--target", "shop", "--as", "olga", "--json"]));
    let answer: Value = serde_json::from_str(&answer).unwrap();
    serde_json::from_value(answer["id"].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_server_the_terminal_starts_shows_and_cancels() {
    let console = Console::open(&runbook()).await;
    let run = started(&console);
    console.start_step(&run, "wait").await;
    console.running(&run, "wait").await;
    console.shows(&run, "wait", "here\n").await;
    let status = succeeded(console.kneeboard(&["run", "status", run.as_str()]));
    assert!(status.contains("Test on shop") && status.contains("running"), "{status}");

    succeeded(console.kneeboard(&["run", "cancel", run.as_str(), "--as", "oscar", "--reason", "enough"]));
    assert_eq!(console.settled(&run, "wait").await, StepStatus::Cancelled);
    let state = console.state(&run).await;
    assert_eq!(state.last_attempt(&id("wait")).unwrap().cancel.as_ref().unwrap().who, "oscar");
    let sentence = refused(console.kneeboard(&["run", "cancel", run.as_str(), "--as", "oscar"]));
    assert!(sentence.contains("there is nothing to cancel"), "{sentence}");
    console.events(&run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_watches_a_run_to_its_end() {
    let console = Console::open(&work(&[shell("write", &chatter(10))])).await;
    let run = console.start_run().await;
    let watching =
        console.kneeboard(&["run", "watch", run.as_str(), "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    console.start_step(&run, "write").await;
    assert_eq!(console.settled(&run, "write").await, StepStatus::Succeeded);
    assert_eq!(console.command(&run, json!({ "kind": "end_run" })).await.0, 200);
    let output = tokio::task::spawn_blocking(|| watching.wait_with_output()).await.unwrap().unwrap();
    assert!(output.status.success());
    let seen = String::from_utf8(output.stdout).unwrap();
    let seen: Vec<Event> = seen.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(verify(&seen), Ok(()));
    assert_eq!(seen, console.events(&run).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_terminal_cancels_and_takes_the_way_back() {
    let mut console = Console::open(&runbook()).await;
    let run = console.start_run().await;
    console.start_step(&run, "wait").await;
    console.running(&run, "wait").await;
    console.kill();
    let status = succeeded(console.kneeboard(&["run", "status", run.as_str()]));
    assert!(status.contains("running"), "{status}");
    let status = succeeded(console.kneeboard(&["run", "cancel", run.as_str(), "--as", "olga"]));
    assert!(status.contains("cancelled"), "{status}");

    let back = |confirm: &str| {
        let why = ["--path", "back", "--reason", "the server is gone", "--confirm", confirm, "--as", "olga"];
        console.kneeboard(&[&["rollback", run.as_str()], &why[..]].concat())
    };
    let sentence = refused(back("another"));
    assert!(sentence.contains(&console.database.name), "{sentence}");
    let status = succeeded(back(&console.database.name));
    assert!(status.contains("succeeded"), "{status}");
    let undone = "SELECT to_regclass('undone') IS NOT NULL";
    assert!(says(&mut console.database.owner().await, undone).await);

    console.serve();
    assert_eq!(console.settled(&run, "undo").await, StepStatus::Succeeded);
    assert_eq!(console.command(&run, json!({ "kind": "end_run" })).await.0, 200);
    assert_eq!(console.state(&run).await.ended.unwrap().ending, Ending::RolledBack);
    console.events(&run).await;
}
