//! The console is killed between what happens and its being told, and receivers are named later than things happen.

use super::{command, go, notify, open, receiver, sign, takes, waiting, write};
use crate::api::start;
use crate::console::{Console, succeeded};
use crate::hook::{Hook, Mood};
use crate::support::{eventually, eventually_within};
use kneeboard::run::view::StepStatus;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until the console knows that a receiver has taken so many: the last one before a kill would be told again.
async fn delivered(console: &Console, receiver: &str, many: u64) {
    eventually("it is known to be delivered", async || {
        let board = console.get("/notifications").send().await.unwrap();
        let board: serde_json::Value = board.json().await.unwrap();
        let mut receivers = board["receivers"].as_array().unwrap().iter();
        receivers.any(|one| one["name"] == receiver && one["delivered"] == many)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_when_the_console_was_killed_is_delivered_once_by_the_next_one() {
    let hook = Hook::open().await;
    hook.becomes(Mood::Hangs);
    let mut console = open("echo looked", "echo up", &receiver("chat", &hook, "")).await;
    let run = waiting(&console).await;
    eventually_within(PATIENCE, "it is being told", async || !hook.heard().is_empty()).await;
    // In the middle of a try: nobody knows whether it was taken.
    console.kill();
    hook.becomes(Mood::Takes);
    console.serve();
    takes(&hook, 1).await;
    sign(&console, &run).await;
    go(&console, &run).await;
    assert_eq!(takes(&hook, 2).await, ["run.signature_asked", "run.go"]);
    let heard = hook.heard();
    assert_eq!(heard[0].id, heard[1].id, "its receiver can tell that it is the same");
    assert_eq!(heard.len(), 3, "once each, besides the try that was cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_no_console_serves_is_told_by_the_next_one_and_not_by_a_command_line() {
    let hook = Hook::open().await;
    let wait = "until [ -e $KNEEBOARD_ARTIFACTS/go ]; do sleep 0.02; done; exit 3";
    let mut console = open("echo looked", wait, &receiver("chat", &hook, "")).await;
    let run = waiting(&console).await;
    sign(&console, &run).await;
    command(&console, "olga", &run, start("up")).await;
    console.running(&run, "up").await;
    takes(&hook, 2).await;
    delivered(&console, "chat", 2).await;
    console.kill();
    console.touch(&run, "go");
    let record = console.attempt_dir(&run, "up", 1).join("exit.json");
    eventually("the step ends", async || record.exists()).await;
    let name = console.database.name.clone();
    let back = ["--path", "undo", "--reason", "no console", "--confirm", &name, "--as", "olga"];
    succeeded(console.kneeboard(&[&["rollback", run.as_str()], &back[..]].concat()));
    assert_eq!(hook.heard().len(), 2, "a command line tells nobody");
    console.serve();
    assert_eq!(console.settled(&run, "down").await, StepStatus::Succeeded);
    let topics = takes(&hook, 4).await;
    assert_eq!(topics[2..], ["run.rollback", "run.failed"], "in the order in which they were written");
    assert_eq!(hook.heard().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_named_later_hears_nothing_of_what_was_before() {
    let (old, new) = (Hook::open().await, Hook::open().await);
    let mut console = open("echo looked", "echo up", "").await;
    let run = waiting(&console).await;
    notify(&mut console, &receiver("old", &old, ""));
    sign(&console, &run).await;
    console.kill();
    write(&console, &[receiver("old", &old, ""), receiver("new", &new, "")].concat());
    console.serve();
    assert_eq!(go(&console, &run).await, StepStatus::Succeeded);
    assert_eq!(takes(&new, 1).await, ["run.go"]);
    assert_eq!(takes(&old, 1).await, ["run.go"], "the signature was asked for before anybody was named");
    delivered(&console, "new", 1).await;
    delivered(&console, "old", 1).await;
    // Whoever takes the file away and names it again is not flooded either.
    console.kill();
    std::fs::remove_file(console.path("notify.toml")).unwrap();
    console.serve();
    command(&console, "olga", &run, serde_json::json!({ "kind": "end_run" })).await;
    write(&console, &receiver("new", &new, ""));
    console.kill_and_serve_again();
    assert_eq!(
        takes(&new, 2).await,
        ["run.go", "run.ended"],
        "it is known since, and hears what it has missed"
    );
    assert_eq!((old.heard().len(), new.heard().len()), (1, 2));
}
