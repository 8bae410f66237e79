//! The calendar of a target, as a console reads it from its file: what it keeps from starting, and how the glass is broken.

use crate::api::{id, start};
use crate::console::{Console, succeeded};
use crate::runbooks::shell;
use kneeboard::run::event::{Body, Known};
use kneeboard::run::view::StepStatus;
use kneeboard::run::{RunId, RunState};
use reqwest::StatusCode;
use serde_json::{Value, json};

const PHASES: &str = r#"
[[phases]]
id = "look"
title = "Look"
kind = "preflight"

[[phases.steps]]
"#;

const CHANGE: &str = r#"
[[phases]]
id = "change"
title = "Change"
kind = "migrate"

[[phases.steps]]
"#;

const BACK: &str = r#"
[[phases]]
id = "undo"
title = "Undo"
kind = "rollback"

[[phases.steps]]
"#;

const PATH: &str = r#"
[[rollback]]
id = "undo"
title = "Undo it"
summary = "s"
loses = "nothing"
steps = ["down"]
"#;

/// Frozen for as long as anybody runs this.
const FROZEN: &str = "[[targets.freezes]]\nfrom = '2020-01-01'\nto = '2120-01-01'\nzone = 'Europe/Berlin'\nwhy = 'a long sale'\n";

/// The calendar becomes this, in a console that was started again; the connection stays that of the environment.
fn calendar(console: &mut Console, calendar: &str) {
    let target = "[[targets]]\nname = 'shop'\nenvironment = 'staging'\nhost = 'db.invalid'\ndatabase = 'x'\nuser = 'x'\n";
    std::fs::write(console.path("targets.toml"), format!("{target}{calendar}")).unwrap();
    console.kill_and_serve_again();
}

async fn run(console: &mut Console) -> RunId {
    calendar(console, FROZEN);
    let run = console.start_run().await;
    console.start_step(&run, "first").await;
    assert_eq!(console.settled(&run, "first").await, StepStatus::Succeeded);
    run
}

fn phases() -> String {
    let [first, up, down] = [("first", "echo looked"), ("up", "echo up"), ("down", "echo down")]
        .map(|(id, script)| shell(id, script));
    format!("{PHASES}{first}{CHANGE}{up}{BACK}{down}{PATH}")
}

async fn command(console: &Console, who: &str, run: &RunId, command: Value) -> (StatusCode, Value) {
    let seq = console.state(run).await.seq;
    console.command_as(who, run, seq, RunId::random().as_str(), &command).await
}

async fn refused(console: &Console, run: &RunId, told: &str) -> RunState {
    let (status, answer) = command(console, "olga", run, start("up")).await;
    assert_eq!(status, 409, "{answer}");
    assert!(answer["message"].as_str().unwrap().contains(told), "{answer}");
    let state = console.state(run).await;
    assert!(state.last_attempt(&id("up")).is_none());
    state
}

fn glass(reason: &str) -> Value {
    json!({ "kind": "break_glass", "reason": reason })
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_freeze_the_change_takes_two_people_and_both_reasons_are_kept() {
    let mut console = Console::open(&phases()).await;
    let run = run(&mut console).await;
    let state = refused(
        &console,
        &run,
        "frozen until Monday 2120-01-01 00:00 Europe/Berlin (2119-12-31 23:00 UTC): a long sale",
    )
    .await;
    assert!(!state.window.unwrap().open);
    let (status, answer) = command(&console, "olga", &run, glass("the shop is down")).await;
    assert_eq!(status, 200, "{answer}");
    refused(&console, &run, "a long sale").await;
    let (status, answer) = command(&console, "olga", &run, glass("truly")).await;
    assert_eq!((status, answer["code"].as_str()), (StatusCode::CONFLICT, Some("already_done")), "{answer}");
    // What was asked survives the console.
    console.kill_and_serve_again();
    let (status, answer) = command(&console, "oscar", &run, glass("I have seen it")).await;
    assert_eq!(status, 200, "{answer}");
    console.start_step(&run, "up").await;
    assert_eq!(console.settled(&run, "up").await, StepStatus::Succeeded);
    let events = console.events(&run).await;
    let told = |event: &kneeboard::run::Event| match &event.body {
        Body::Known(Known::GlassAsked { reason } | Known::GlassBroken { reason }) => {
            Some((event.actor.clone(), reason.clone()))
        }
        _ => None,
    };
    let told: Vec<_> = events.iter().filter_map(told).collect();
    let kept = [("olga", "the shop is down"), ("oscar", "I have seen it")];
    assert_eq!(told, kept.map(|(who, why)| (who.to_owned(), why.to_owned())));
    succeeded(console.kneeboard(&["verify", run.as_str()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_back_waits_for_a_window() {
    let mut console = Console::open(&phases()).await;
    let run = run(&mut console).await;
    refused(&console, &run, "a long sale").await;
    let database = console.state(&run).await.target.database;
    let back = json!({ "kind": "roll_back", "path": "undo", "reason": "r", "confirm": database, "rows": "" });
    let (status, answer) = command(&console, "olga", &run, back).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(console.settled(&run, "down").await, StepStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_turns_is_seen_before_the_next_start() {
    let mut console = Console::open(&phases()).await;
    let run = run(&mut console).await;
    refused(&console, &run, "a long sale").await;
    calendar(&mut console, "[[targets.windows]]\nfrom = '00:00'\nto = '00:00'\nzone = 'UTC'\n");
    console.start_step(&run, "up").await;
    assert_eq!(console.settled(&run, "up").await, StepStatus::Succeeded);
    assert!(console.state(&run).await.window.unwrap().open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_with_a_mistake_ends_the_start_with_its_place() {
    let console = Console::open(&phases()).await;
    let target =
        "[[targets]]\nname = 'shop'\nenvironment = 'production'\nhost = 'db'\ndatabase = 'x'\nuser = 'x'\n";
    let wrong = FROZEN.replace("Europe/Berlin", "Berlin");
    std::fs::write(console.path("targets.toml"), format!("{target}{wrong}")).unwrap();
    let output = console.kneeboard(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("targets.toml:2:8: the calendar of `shop`: expected a zone such as Europe/Berlin or UTC, came `Berlin`"), "{said}");
}
