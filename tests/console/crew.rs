//! Several people on one run: who has the controls, and whose word somebody else gives, through a restart and at the terminal.

use crate::api::{id, start};
use crate::console::{Console, refused, succeeded};
use crate::runbooks::{shell, work};
use kneeboard::run::view::StepStatus;
use kneeboard::run::{RunId, RunState};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn command(console: &Console, who: &str, run: &RunId, command: Value) -> (StatusCode, Value) {
    let seq = console.state(run).await.seq;
    console.command_as(who, run, seq, RunId::random().as_str(), &command).await
}

async fn done(console: &Console, who: &str, run: &RunId, what: Value) {
    let (status, answer) = command(console, who, run, what).await;
    assert_eq!(status, 200, "{answer}");
}

/// The sentence of a refusal.
async fn not_done(console: &Console, who: &str, run: &RunId, what: Value) -> String {
    let (status, answer) = command(console, who, run, what).await;
    assert!(status.is_client_error(), "{status} {answer}");
    answer["message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn controls_are_asked_for_accepted_and_taken_over_and_every_door_keeps_to_them() {
    let mut console = Console::open(&work(&[shell("one", "echo one"), shell("two", "echo two")])).await;
    let run = console.start_run().await;
    assert!(
        not_done(&console, "oscar", &run, start("one")).await.starts_with("olga has the controls since ")
    );
    let nobody = json!({ "kind": "ask_hand_over", "to": "oskar" });
    let why = not_done(&console, "olga", &run, nobody).await;
    assert_eq!(why, "There is nobody called \"oskar\" who may log in.");
    done(&console, "oscar", &run, json!({ "kind": "ask_hand_over", "to": "oscar" })).await;
    console.kill_and_serve_again();
    done(&console, "olga", &run, json!({ "kind": "accept_hand_over", "to": "oscar" })).await;
    assert!(
        not_done(&console, "olga", &run, start("one")).await.starts_with("oscar has the controls since ")
    );
    done(&console, "oscar", &run, start("one")).await;
    assert_eq!(console.settled(&run, "one").await, StepStatus::Succeeded);

    let take = ["run", "take-controls", run.as_str(), "--as", "olga", "--reason"];
    assert!(refused(console.kneeboard(&[&take[..], &[" "]].concat())).contains("why you take the controls"));
    let status = succeeded(console.kneeboard(&[&take[..], &["oscar is asleep"]].concat()));
    assert!(status.contains("controls: olga since "), "{status}");
    let state = console.until(&run, "the server has heard it", |state| state.flies("olga")).await;
    assert_eq!(state.controls.taken.as_deref(), Some("oscar is asleep"));
    done(&console, "olga", &run, start("two")).await;
    assert_eq!(console.settled(&run, "two").await, StepStatus::Succeeded);
    console.events(&run).await;
    let report = console.client.get(format!("{}/runs/{run}/report", console.url()));
    let report =
        report.bearer_auth(console.token("olga")).header("accept", "text/html").send().await.unwrap();
    assert!(report.text().await.unwrap().contains("1 taking over of the controls"));
}

const GATE: &str = r#"
[[phases]]
id = "look"
title = "Look"
kind = "preflight"
gate = { statement = "Go.", sign_offs = [{ role = "dba" }] }

[[phases.steps]]
"#;

const CHANGE: &str = r#"
[[phases]]
id = "change"
title = "Change"
kind = "migrate"

[[phases.steps]]
"#;

/// A run whose gate waits for a dba: anna is one, cara may approve and is none.
async fn waiting() -> (Console, RunId) {
    let phases = format!("{GATE}{}{CHANGE}{}", shell("first", "echo looked"), shell("up", "echo up"));
    let mut console = Console::open(&phases).await;
    console.add_person("anna", &["--permission", "approver", "--role", "dba"]);
    console.add_person("cara", &["--permission", "approver"]);
    let run = console.start_run().await;
    console.start_step(&run, "first").await;
    assert_eq!(console.settled(&run, "first").await, StepStatus::Succeeded);
    console.until(&run, "what is signed is known", |state| state.intents.contains_key(&id("look"))).await;
    (console, run)
}

fn sign() -> Value {
    json!({ "kind": "sign_off", "phase": "look", "role": "dba" })
}

fn pass_on(to: &str) -> Value {
    json!({ "kind": "delegate", "role": "dba", "to": to, "note": "on a train" })
}

fn open(state: &RunState) -> bool {
    state.gate_open(state.runbook.phase(&id("look")).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_was_passed_on_opens_the_gate_and_the_evidence_says_whose_it_is() {
    let (mut console, run) = waiting().await;
    assert!(not_done(&console, "cara", &run, sign()).await.contains("cara may not sign as dba"));
    let why = not_done(&console, "anna", &run, pass_on("carla")).await;
    assert_eq!(why, "There is nobody called \"carla\" who may log in.");
    // Who may not pass it on is not told who there is.
    assert!(
        not_done(&console, "cara", &run, pass_on("carla"))
            .await
            .contains("cara may not pass on the word as dba")
    );
    done(&console, "anna", &run, pass_on("Cara")).await;
    console.kill_and_serve_again();
    done(&console, "cara", &run, sign()).await;
    assert!(open(&console.state(&run).await));
    console.start_step(&run, "up").await;
    assert_eq!(console.settled(&run, "up").await, StepStatus::Succeeded);
    let report = console.client.get(format!("{}/runs/{run}/report", console.url()));
    let report =
        report.bearer_auth(console.token("olga")).header("accept", "text/html").send().await.unwrap();
    assert!(report.text().await.unwrap().contains("cara, in place of anna"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_of_somebody_who_may_not_give_it_any_more_is_not_given_in_their_place() {
    let (console, run) = waiting().await;
    done(&console, "anna", &run, pass_on("cara")).await;
    succeeded(console.kneeboard(&["user", "disable", "anna"]));
    assert!(not_done(&console, "cara", &run, sign()).await.contains("cara may not sign as dba"));
    let state = console.state(&run).await;
    assert!(!open(&state));
    let (_, why) = state.delegations[0].over.as_ref().expect("it has lapsed");
    assert_eq!(why, "anna may not sign as dba any more");
}
