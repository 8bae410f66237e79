//! Two people at once, a double click, a stale page: one event, and for everybody else a refusal that names who was first.

use crate::api::{actor_of, start};
use crate::console::{Console, PEOPLE};
use crate::runbooks::{shell, work};
use futures::future::join_all;
use kneeboard::run::event::Known;
use kneeboard::run::view::StepStatus;
use kneeboard::run::{RunId, RunState};
use reqwest::StatusCode;
use serde_json::{Value, json};

const MANY: usize = 20;

fn refusals(answers: Vec<(StatusCode, Value)>, done: StatusCode) -> Vec<String> {
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == done);
    assert_eq!((good.len(), bad.len()), (1, MANY - 1), "{bad:?}");
    let message = |(status, answer): (StatusCode, Value)| {
        assert_eq!(status, 409, "{answer}");
        answer["message"].as_str().unwrap().to_owned()
    };
    bad.into_iter().map(message).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_operators_who_press_start_at_once_start_one_attempt() {
    let console = Console::open(&work(&[shell("once", "echo once >>$KNEEBOARD_ARTIFACTS/times")])).await;
    let run = console.start_run().await;
    let seq = console.state(&run).await.seq;
    let press = |n: usize| {
        let (console, run) = (&console, &run);
        async move {
            let command = start("once");
            console.command_as(PEOPLE[n % 2], run, seq, RunId::random().as_str(), &command).await
        }
    };
    let refusals = refusals(join_all((0..MANY).map(press)).await, StatusCode::OK);
    let events = console.events(&run).await;
    let first = actor_of(&events, |known| matches!(known, Known::AttemptQueued { .. }));
    assert!(refusals.iter().all(|refusal| refusal.contains(first)), "{first} was first: {refusals:?}");
    assert_eq!(console.settled(&run, "once").await, StepStatus::Succeeded);
    assert_eq!(console.times_queued(&run, "once").await, 1);
    assert_eq!(std::fs::read_to_string(console.artifacts(&run).join("times")).unwrap(), "once\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_sent_many_times_is_carried_out_once() {
    let console = Console::open(&work(&[shell("once", "true")])).await;
    let run = console.start_run().await;
    let note = json!({ "kind": "note", "text": "I was here" });
    let send = |_| console.command_as("oscar", &run, 1, "the-one-click", &note);
    let refusals = refusals(join_all((0..MANY).map(send)).await, StatusCode::OK);
    assert!(
        refusals.iter().all(|refusal| refusal.starts_with("This was done already, by oscar at ")),
        "{refusals:?}"
    );
    let noted = |state: &RunState| state.commands.len();
    assert_eq!(noted(&console.state(&run).await), 1);
    assert_eq!(console.events(&run).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_has_one_live_run() {
    let console = Console::open(&work(&[shell("once", "true")])).await;
    let ask = |n: usize| console.ask_for_run(PEOPLE[n % 2]);
    refusals(join_all((0..MANY).map(ask)).await, StatusCode::CREATED);
    let runs: Value = console.get("/runs").send().await.unwrap().json().await.unwrap();
    let [live] = runs.as_array().unwrap().as_slice() else { panic!("{runs}") };
    let (status, refusal) = console.ask_for_run("oscar").await;
    assert_eq!(status, 409);
    let first = format!(
        "shop has a live run already: Test ({}), started by {}",
        &live["run"].as_str().unwrap()[..8],
        live["started_by"].as_str().unwrap()
    );
    assert!(refusal["message"].as_str().unwrap().starts_with(&first), "{refusal}");

    let run: RunId = serde_json::from_value(live["run"].clone()).unwrap();
    let started_by = PEOPLE.into_iter().find(|name| live["started_by"] == *name).unwrap();
    let abandon = json!({ "kind": "abandon", "reason": "the test goes on" });
    assert_eq!(console.command_as(started_by, &run, 1, "abandon", &abandon).await.0, 200);
    assert_eq!(console.ask_for_run("oscar").await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_sent_many_times_starts_one_run() {
    let console = Console::open(&work(&[shell("once", "true")])).await;
    let ask = |command_id| json!({ "command_id": command_id, "runbook": "test", "target": "shop" });
    let click = ask("the-double-click");
    let answers = join_all((0..MANY).map(|_| console.post("olga", "/runs", &click))).await;
    let (status, first) = &answers[0];
    assert_eq!(*status, 201, "{first}");
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    let (status, refusal) = console.post("oscar", "/runs", &click).await;
    assert_eq!(status, 409);
    assert!(refusal["message"].as_str().unwrap().contains("started by olga at "), "{refusal}");

    let run: RunId = serde_json::from_value(first["id"].clone()).unwrap();
    console.command(&run, json!({ "kind": "abandon", "reason": "the test goes on" })).await;
    let (status, refusal) = console.post("olga", "/runs", &click).await;
    assert_eq!(status, 409, "a page from before starts no second one");
    let message = refusal["message"].as_str().unwrap();
    assert!(message.starts_with("This was done already, by olga at "), "{message}");
    assert!(message.ends_with("and that run has ended: abandoned."), "{message}");
    assert_eq!(console.post("olga", "/runs", &ask("another-click")).await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_has_not_seen_the_latest_is_told_who_changed_the_run() {
    let console = Console::open(&work(&[shell("one", "true"), shell("two", "true")])).await;
    let run = console.start_run().await;
    let seen = console.state(&run).await.seq;
    console.start_step(&run, "one").await;
    assert_eq!(console.settled(&run, "one").await, StepStatus::Succeeded);
    let (status, refusal) = console.command_as("oscar", &run, seen, "late", &start("two")).await;
    assert_eq!((status.as_u16(), &refusal["code"]), (409, &json!("stale")));
    assert!(refusal["message"].as_str().unwrap().contains("changed the run at"), "{refusal}");
    assert_eq!(console.times_queued(&run, "two").await, 0);
}
