//! The page, the report, the command line, and what they do not show.

use super::{board, go, notify, open, phases, receiver, sign, takes, waiting, write};
use crate::console::{Console, refused, succeeded};
use crate::hook::{Hook, Mood};
use crate::support::eventually_within;
use std::time::Duration;

async fn page(console: &Console, path: &str) -> String {
    let request = console.client.get(format!("{}{path}", console.url())).bearer_auth(console.token("vera"));
    request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_see_who_is_told_and_whether_it_came_and_no_address_or_secret() {
    let hook = Hook::open().await;
    let gate = ", notify = [\"nobody\"]";
    let mut console = Console::open(&phases(gate, "echo looked", "echo up")).await;
    console.add_person("anna", &["--permission", "approver", "--role", "dba"]);
    console.add_person("vera", &[]);
    notify(&mut console, &receiver("chat", &hook, "targets = [\"shop\", \"shpo\"]"));
    let run = waiting(&console).await;
    assert_eq!(takes(&hook, 1).await, ["run.signature_asked"], "a gate that names nobody who is there");
    sign(&console, &run).await;
    go(&console, &run).await;
    takes(&hook, 2).await;
    let patience = Duration::from_secs(60);
    let delivered = async || board(&console).await["receivers"][0]["delivered"] == 2;
    eventually_within(patience, "it is written down", delivered).await;
    let shown = page(&console, "/notifications").await;
    for told in [
        "signed webhook",
        "names receivers that nobody defines: nobody",
        "names targets that this console does not have: shpo",
        "reached",
    ] {
        assert!(shown.contains(told), "{told} in {shown}");
    }
    let report = page(&console, &format!("/runs/{run}/report")).await;
    assert!(report.contains("Who was told") && report.contains("delivered 2"), "{report}");
    let api = board(&console).await.to_string();
    for (place, text) in [("page", &shown), ("report", &report), ("API", &api)] {
        assert!(
            !text.contains("hunter2") && !text.contains("whsec_") && !text.contains("MfKQ"),
            "{place}: {text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_receivers_the_page_says_how_to_name_some() {
    let mut console = Console::open(&phases("", "echo looked", "echo up")).await;
    console.add_person("vera", &[]);
    assert!(page(&console, "/notifications").await.contains("kneeboard serve --notify FILE"));
    let stranger = console.client.get(format!("{}/api/v1/notifications", console.url()));
    assert_eq!(stranger.send().await.unwrap().status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_is_tried_from_the_terminal_and_what_waits_is_listed() {
    let hook = Hook::open().await;
    let console = open("echo looked", "echo up", &receiver("chat", &hook, "")).await;
    let test = |name: &str| console.kneeboard(&["notify", "test", name]);
    assert_eq!(succeeded(test("chat")), "chat took it: HTTP 200\n");
    assert_eq!(hook.topics(), ["test"]);
    assert!(refused(test("nobody")).contains("names no receiver nobody; it names chat"));
    hook.becomes(Mood::Refuses(400, "invalid_payload".into()));
    let sentence = refused(test("chat"));
    assert!(sentence.contains("chat did not take it: HTTP 400: invalid_payload"), "{sentence}");

    let run = waiting(&console).await;
    let list = || succeeded(console.kneeboard(&["notify", "list"]));
    let failed = async || list().contains("HTTP 400: invalid_payload");
    eventually_within(Duration::from_secs(60), "it is listed", failed).await;
    let listed = list();
    assert!(listed.contains(run.short()) && listed.contains("\"Look\" waits to be signed"), "{listed}");

    write(&console, "[[receivers]]\nname = \"chat\"\nwebhook = \"http://hooks.example/hunter2\"\n");
    let mistake = refused(test("chat"));
    assert!(
        mistake.contains("notify.toml:3:11: expected an address") && !mistake.contains("hunter2"),
        "{mistake}"
    );
}
