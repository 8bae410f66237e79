//! The shim is killed: nobody knows how the step ended, so nobody runs it again without saying why.

use crate::api::start;
use crate::console::Console;
use crate::runbooks::{shell, work};
use crate::support::eventually;
use kneeboard::run::view::StepStatus;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

/// Notes that it was run, then waits.
const STEP: &str = "echo run >>$KNEEBOARD_ARTIFACTS/times; echo here; exec sleep 600";

fn end(child: Pid) {
    kill(child, Signal::SIGKILL).unwrap();
}

async fn running(console: &Console) -> kneeboard::run::RunId {
    let run = console.start_run().await;
    console.start_step(&run, "wait").await;
    console.running(&run, "wait").await;
    console.shows(&run, "wait", "here\n").await;
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_without_its_shim_is_unknown_and_stays_so_after_a_restart() {
    let mut console = Console::open(&work(&[shell("wait", STEP)])).await;
    let run = running(&console).await;
    let child = console.kill_shim(&run, "wait");
    assert_eq!(console.settled(&run, "wait").await, StepStatus::Unknown);
    console.kill_and_serve_again();
    assert_eq!(console.settled(&run, "wait").await, StepStatus::Unknown);

    let (status, refusal) = console.command(&run, start("wait")).await;
    assert_eq!(status, 422, "{refusal}");
    assert!(refusal["message"].as_str().unwrap().contains("why it is safe to start this again"), "{refusal}");
    let times = || std::fs::read_to_string(console.artifacts(&run).join("times")).unwrap();
    assert_eq!(times(), "run\n");
    assert_eq!(console.times_queued(&run, "wait").await, 1);

    end(child);
    let again = json!({ "kind": "start_step", "step": "wait", "reason": "its process is gone: I looked" });
    assert_eq!(console.command(&run, again).await.0, 200);
    eventually("it runs again", async || times() == "run\nrun\n").await;
    let cancel = json!({ "kind": "cancel", "step": "wait" });
    assert_eq!(console.command(&run, cancel).await.0, 200);
    assert_eq!(console.settled(&run, "wait").await, StepStatus::Cancelled);
    console.events(&run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shim_that_was_killed_while_no_console_was_there_is_missed() {
    let mut console = Console::open(&work(&[shell("wait", STEP)])).await;
    let run = running(&console).await;
    console.kill();
    let child = console.kill_shim(&run, "wait");
    console.serve();
    assert_eq!(console.settled(&run, "wait").await, StepStatus::Unknown);
    let state = console.state(&run).await;
    assert_eq!(state.attempts.len(), 1);
    let events = console.events(&run).await;
    let said = events.iter().map(|event| serde_json::to_string(event).unwrap());
    assert!(said.collect::<String>().contains(&format!("its process had the id {child}")));
    assert_eq!(console.download(&run, "wait").await, "here\n");
    end(child);
}
