//! What nobody can tell but a person: who says so is named, in the events, on the page, and to whoever comes second.

use crate::api::id;
use crate::console::Console;
use crate::killed::goes_on;
use crate::runbooks::{shell, work};
use kneeboard::run::event::{Body, Known};
use kneeboard::run::view::StepStatus;
use kneeboard::run::{Event, RunId};
use serde_json::{Value, json};

/// A command that ends well and has a finding of its own.
const LEAVE: &str = r#"echo '{ "findings": [{ "subject": "N+1", "verdict": "inconclusive", "reason": "only 3 tasks" }],
    "body": { "kind": "figures", "figures": [] } }' >"$KNEEBOARD_RESULT""#;

async fn settle(console: &Console, who: &str, run: &RunId, kind: &str, note: &str) -> (u16, Value) {
    let seq = console.state(run).await.seq;
    let command = json!({ "kind": kind, "step": "suite", "note": note });
    let (status, answer) = console.command_as(who, run, seq, RunId::random().as_str(), &command).await;
    (status.as_u16(), answer)
}

fn word(event: &Event) -> Option<(&str, &'static str, &str)> {
    match &event.body {
        Body::Known(Known::VerdictAccepted { note, .. }) => Some((&event.actor, "accepted", note)),
        Body::Known(Known::VerdictRejected { note, .. }) => Some((&event.actor, "rejected", note)),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_cannot_tell_is_settled_by_a_person_who_is_named() {
    let console = Console::open(&work(&[shell("suite", LEAVE), shell("next", "echo done")])).await;
    let run = console.start_run().await;
    console.start_step(&run, "suite").await;
    assert_eq!(console.settled(&run, "suite").await, StepStatus::Inconclusive);
    let state = console.state(&run).await;
    let judged = state.last_attempt(&id("suite")).unwrap().judged.as_ref().unwrap();
    assert_eq!(judged.reason, "N+1: only 3 tasks");

    let (status, refusal) = settle(&console, "olga", &run, "reject_verdict", " ").await;
    assert_eq!(status, 422, "{refusal}");
    assert_eq!(settle(&console, "olga", &run, "reject_verdict", "More are being loaded.").await.0, 200);
    assert_eq!(console.settled(&run, "suite").await, StepStatus::Failed);
    let (status, refusal) = settle(&console, "oscar", &run, "accept_verdict", "It is fine.").await;
    assert_eq!(status, 409);
    assert!(refusal["message"].as_str().unwrap().starts_with("olga settled this at "), "{refusal}");

    console.start_step(&run, "suite").await;
    assert_eq!(console.settled(&run, "suite").await, StepStatus::Inconclusive);
    assert_eq!(settle(&console, "oscar", &run, "accept_verdict", "Counted by hand.").await.0, 200);
    let events = console.events(&run).await;
    let said: Vec<_> = events.iter().filter_map(word).collect();
    assert_eq!(
        said,
        [("olga", "rejected", "More are being loaded."), ("oscar", "accepted", "Counted by hand.")]
    );
    for (attempt, (who, word, note)) in (1..).zip(said) {
        let page = format!("{}/runs/{run}?step=suite&attempt={attempt}", console.url());
        let page = console.client.get(page).bearer_auth(console.token("olga")).send().await.unwrap();
        let page = page.error_for_status().unwrap().text().await.unwrap();
        let answer = page.split("<p class=\"answer\">").nth(1).expect("a person's word");
        let answer = answer.split("</p>").next().unwrap();
        assert!([who, word, note].iter().all(|part| answer.contains(part)), "{answer}");
    }
    goes_on(&console, &run, "next").await;
}
