//! What was signed is what runs, with real files and a real target: what moves between signature and start voids the signature.

use crate::api::{id, start};
use crate::console::Console;
use crate::runbooks::shell;
use crate::support::{Database, execute};
use kneeboard::run::event::{Body, Known};
use kneeboard::run::reading::Outcome;
use kneeboard::run::view::StepStatus;
use kneeboard::run::{RunId, RunState};
use reqwest::StatusCode;
use serde_json::{Value, json};

const HEAD: &str = r#"
[database]
schema = "public"
revision = { table = "version", column = "v", before = "old", after = "new" }

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
id = "up"
title = "Up"
timeout = "1m"
run.command = { argv = ["sh", "up.sh"], cwd = "app" }

[[phases.steps]]
id = "more"
title = "More"
timeout = "1m"
run.command = { argv = ["sh", "-c", "echo more"] }
"#;

/// A run that waits for the signature under its first phase, and two who may give it.
async fn waiting() -> (Console, RunId) {
    waiting_on(Database::new().await).await
}

async fn waiting_on(database: Database) -> (Console, RunId) {
    waiting_with(database, HEAD).await
}

async fn waiting_with(database: Database, head: &str) -> (Console, RunId) {
    let phases = format!("{head}{}{CHANGE}", shell("first", "echo looked"));
    let mut console = Console::open_on(database, &phases);
    std::fs::create_dir(console.path("runbooks/app")).unwrap();
    write(&console, "echo up");
    for name in ["anna", "ben"] {
        console.add_person(name, &["--permission", "approver", "--role", "dba"]);
    }
    for statement in ["CREATE TABLE version (v text)", "INSERT INTO version VALUES ('old')"] {
        execute(&mut console.database.owner().await, statement).await;
    }
    let run = console.start_run().await;
    console.start_step(&run, "first").await;
    assert_eq!(console.settled(&run, "first").await, StepStatus::Succeeded);
    console.until(&run, "what is signed is known", |state| state.intents.contains_key(&id("look"))).await;
    (console, run)
}

fn write(console: &Console, script: &str) {
    std::fs::write(console.path("runbooks/app/up.sh"), script).unwrap();
}

async fn command(console: &Console, who: &str, run: &RunId, command: Value) -> (StatusCode, Value) {
    let seq = console.state(run).await.seq;
    console.command_as(who, run, seq, RunId::random().as_str(), &command).await
}

async fn sign(console: &Console, who: &str, run: &RunId) -> (StatusCode, Value) {
    command(console, who, run, json!({ "kind": "sign_off", "phase": "look", "role": "dba" })).await
}

async fn signed(console: &Console, who: &str, run: &RunId) {
    let (status, answer) = sign(console, who, run).await;
    assert_eq!(status, 200, "{answer}");
}

fn open(state: &RunState) -> bool {
    state.gate_open(state.runbook.phase(&id("look")).unwrap())
}

/// Olga's Go is refused with these words, and nothing was started.
async fn refused(console: &Console, run: &RunId, told: &str) {
    let (status, answer) = command(console, "olga", run, start("up")).await;
    assert_eq!(status, 409, "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains(told), "{message}");
    let state = console.state(run).await;
    assert!(!open(&state) && state.last_attempt(&id("up")).is_none());
    assert!(!state.moved[&id("look")].differences.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_changed_after_the_signature_voids_it_and_the_start_names_it() {
    let (mut console, run) = waiting().await;
    signed(&console, "anna", &run).await;
    write(&console, "echo something else");
    refused(&console, &run, "file app/up.sh has other content").await;
    // Who signs again has seen what is there now, after a restart too.
    console.kill_and_serve_again();
    signed(&console, "ben", &run).await;
    console.start_step(&run, "up").await;
    assert_eq!(console.settled(&run, "up").await, StepStatus::Succeeded);
    assert!(console.out(&run, "up").contains("something else"));
    console.events(&run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_moved_after_the_signature_voids_it() {
    let (console, run) = waiting().await;
    signed(&console, "anna", &run).await;
    execute(&mut console.database.owner().await, "UPDATE version SET v = 'newer'").await;
    refused(&console, &run, "revision stored was \"old\" and is \"newer\"").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_while_somebody_read_is_not_signed_unseen() {
    let (console, run) = waiting().await;
    write(&console, "echo something else");
    let (status, answer) = sign(&console, "anna", &run).await;
    assert_eq!((status.as_u16(), &answer["code"]), (409, &json!("stale")), "{answer}");
    assert!(console.state(&run).await.sign_offs.is_empty());
    signed(&console, "anna", &run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_the_gate_its_own_change_voids_nothing_but_another_file_does() {
    let (console, run) = waiting().await;
    signed(&console, "anna", &run).await;
    console.start_step(&run, "up").await;
    assert_eq!(console.settled(&run, "up").await, StepStatus::Succeeded);
    execute(&mut console.database.owner().await, "UPDATE version SET v = 'new'").await;
    write(&console, "echo something else");
    let (status, answer) = command(&console, "olga", &run, start("more")).await;
    assert_eq!(status, 409, "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("file app/up.sh") && !message.contains("revision"), "{message}");
    signed(&console, "ben", &run).await;
    console.start_step(&run, "more").await;
    assert_eq!(console.settled(&run, "more").await, StepStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pace_that_goes_on_by_itself_is_held_to_the_signatures_too() {
    let (console, run) = waiting().await;
    // A step that puts another file in its own place.
    write(&console, "echo echo something else > up.sh");
    let (status, _) = sign(&console, "anna", &run).await;
    assert_eq!(status, 409, "it is new to her");
    signed(&console, "anna", &run).await;
    let pace = json!({ "kind": "set_pace", "pace": "continue" });
    assert_eq!(command(&console, "olga", &run, pace).await.0, 200);
    console.start_step(&run, "up").await;
    assert_eq!(console.settled(&run, "more").await, StepStatus::Failed);
    let events = console.events(&run).await;
    let unstarted = events.iter().find_map(|event| match &event.body {
        Body::Known(Known::AttemptEnded { step, outcome: Outcome::NotStarted { error }, .. })
            if *step == id("more") =>
        {
            Some(error.clone())
        }
        _ => None,
    });
    assert!(unstarted.unwrap().contains("have it signed again"));
    assert!(!open(&console.state(&run).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_answer_voids_nothing_and_nothing_is_begun() {
    let (console, run) = waiting_on(Database::alone().await).await;
    signed(&console, "anna", &run).await;
    console.database.stop_server("INT").await;
    let (status, answer) = command(&console, "olga", &run, start("up")).await;
    assert_eq!(status, 409, "{answer}");
    assert!(answer.to_string().contains("no signature fell"), "{answer}");
    assert!(open(&console.state(&run).await));
    console.database.start_server().await;
    console.start_step(&run, "up").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_their_own_by_a_token_nor_does_what_they_approved() {
    let (mut console, run) = waiting().await;
    let all = ["--permission", "operator", "--permission", "approver", "--role", "dba"];
    console.add_person("carol", &all);
    console.add_person("dora", &all);
    let again = json!({ "kind": "sign_off", "phase": "look", "role": "dba" });
    let take = || json!({ "kind": "take_controls", "reason": "she asked me to" });
    assert_eq!(command(&console, "carol", &run, take()).await.0, 200);
    let (status, answer) =
        command(&console, "carol", &run, json!({ "kind": "abandon", "reason": "begun anew" })).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = console.ask_for_run("olga").await;
    assert_eq!(status, 201, "{answer}");
    let run: RunId = serde_json::from_value(answer["id"].clone()).unwrap();
    assert_eq!(command(&console, "carol", &run, take()).await.0, 200);
    assert_eq!(command(&console, "carol", &run, start("first")).await.0, 200);
    console.until(&run, "what is signed is known", |state| state.intents.contains_key(&id("look"))).await;
    let (status, answer) = command(&console, "carol", &run, again.clone()).await;
    assert_eq!(status, 403, "{answer}");
    assert!(answer.to_string().contains("nobody approves their own"), "{answer}");
    signed(&console, "dora", &run).await;
    let (status, answer) = command(&console, "dora", &run, start("up")).await;
    assert_eq!(status, 403, "{answer}");
    assert!(answer.to_string().contains("nobody does what they approved"), "{answer}");
    assert_eq!(command(&console, "olga", &run, take()).await.0, 200);
    console.start_step(&run, "up").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_has_expired_opens_nothing() {
    let head = HEAD.replace("role = \"dba\" }]", "role = \"dba\" }], valid_for = \"1s\"");
    let (console, run) = waiting_with(Database::new().await, &head).await;
    signed(&console, "anna", &run).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let (status, answer) = command(&console, "olga", &run, start("up")).await;
    assert_eq!(status, 409, "{answer}");
    assert!(answer.to_string().contains("the signature of anna has expired"), "{answer}");
    assert!(!open(&console.state(&run).await));
}
