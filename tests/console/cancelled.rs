//! Cancelling: a ladder whose every rung is an event, down to the step's sessions in the database.

use crate::api::id;
use crate::console::Console;
use crate::killed::says;
use crate::runbooks::{shell, sql, work};
use crate::support::eventually;
use kneeboard::run::event::{Body, Known, Rung};
use kneeboard::run::reading::Outcome;
use kneeboard::run::view::StepStatus;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_ignores_signals_is_killed_and_each_rung_is_an_event() {
    let deaf = "trap '' INT TERM; echo deaf; while :; do sleep 0.1; done";
    let mut console = Console::open(&work(&[shell("deaf", deaf)])).await;
    let run = console.start_run().await;
    console.start_step(&run, "deaf").await;
    console.running(&run, "deaf").await;
    console.shows(&run, "deaf", "deaf\n").await;
    let cancel = json!({ "kind": "cancel", "step": "deaf", "reason": "enough" });
    assert_eq!(console.command(&run, cancel.clone()).await.0, 200);
    let climbed = |rungs: usize| {
        move |state: &kneeboard::run::RunState| {
            state.attempts.iter().any(|attempt| attempt.rungs.len() >= rungs)
        }
    };
    console.until(&run, "the second rung", climbed(2)).await;
    // A console that starts in the middle goes on at the next rung.
    console.kill_and_serve_again();
    let (status, refusal) = console.command(&run, cancel).await;
    assert_eq!(status, 409);
    assert!(refusal["message"].as_str().unwrap().starts_with("olga cancelled this at "), "{refusal}");
    assert_eq!(console.settled(&run, "deaf").await, StepStatus::Cancelled);
    let events = console.events(&run).await;
    let rungs = events.iter().filter_map(|event| match &event.body {
        Body::Known(Known::CancelRung { rung, .. }) => Some(*rung),
        _ => None,
    });
    assert_eq!(rungs.collect::<Vec<_>>(), Rung::LADDER);
    let state = console.state(&run).await;
    let outcome = state.last_attempt(&id("deaf")).unwrap().outcome.clone();
    assert_eq!(outcome, Some(Outcome::Signalled { signal: "SIGKILL".to_owned() }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_statement_leaves_no_session_behind() {
    let console = Console::open(&work(&[sql("sleep", "SELECT pg_sleep(600)")])).await;
    let run = console.start_run().await;
    console.start_step(&run, "sleep").await;
    let session = "EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'kneeboard %/sleep')";
    let (there, gone) = (format!("SELECT {session}"), format!("SELECT NOT {session}"));
    let mut admin = console.database.admin().await;
    eventually("the statement runs", async || says(&mut console.database.admin().await, &there).await).await;
    assert_eq!(console.command(&run, json!({ "kind": "cancel", "step": "sleep" })).await.0, 200);
    assert_eq!(console.settled(&run, "sleep").await, StepStatus::Cancelled);
    assert!(says(&mut admin, &gone).await);
    console.events(&run).await;
}
