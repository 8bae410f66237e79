//! Receivers that do not answer, refuse, or send elsewhere.

use super::{board, go, open, receiver, sign, takes, waiting};
use crate::hook::{Hook, Mood};
use crate::support::eventually_within;
use kneeboard::run::view::StepStatus;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_delays_neither_the_run_nor_the_others_and_is_shown() {
    let (dead, chat) = (Hook::open().await, Hook::open().await);
    dead.becomes(Mood::Hangs);
    let file = [receiver("dead", &dead, ""), receiver("chat", &chat, "")].concat();
    let console = open("echo looked", "echo up", &file).await;
    let run = waiting(&console).await;
    eventually_within(PATIENCE, "it hangs", async || !dead.heard().is_empty()).await;
    sign(&console, &run).await;
    assert_eq!(go(&console, &run).await, StepStatus::Succeeded);
    assert_eq!(takes(&chat, 2).await, ["run.signature_asked", "run.go"]);
    assert_eq!(dead.heard().len(), 1, "the step has come and gone while the first try hangs");
    let error = async || board(&console).await["waiting"][0]["error"].as_str().unwrap_or("").to_owned();
    eventually_within(PATIENCE, "it is shown", async || error().await.contains("no answer within 10 s"))
        .await;
    // The one that hung comes first, and the other behind it.
    dead.becomes(Mood::Takes);
    assert_eq!(takes(&dead, 2).await, ["run.signature_asked", "run.go"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_sent_again_with_the_same_id_and_body_and_what_came_since_waits_behind_it() {
    let hook = Hook::open().await;
    hook.becomes(Mood::Refuses(503, "come back later, said /hooks/hunter2hunter2".into()));
    let console = open("echo looked", "echo up", &receiver("chat", &hook, "")).await;
    let run = waiting(&console).await;
    sign(&console, &run).await;
    go(&console, &run).await;
    let waiting = async || board(&console).await["waiting"].as_array().unwrap().clone();
    eventually_within(PATIENCE, "it has failed", async || {
        let waiting = waiting().await;
        waiting.len() == 2 && waiting[0]["error"] != ""
    })
    .await;
    let shown = waiting().await;
    assert_eq!(shown[0]["error"], "HTTP 503: come back later, said /***");
    assert_eq!(shown[1]["tries"], 0, "the second waits its turn");
    hook.becomes(Mood::Takes);
    assert_eq!(takes(&hook, 2).await, ["run.signature_asked", "run.go"]);
    let heard = hook.heard();
    let again = heard.iter().find(|heard| heard.taken).unwrap();
    assert_eq!((&heard[0].id, &heard[0].body), (&again.id, &again.body));
    assert!(!heard[0].taken);
    eventually_within(PATIENCE, "nothing waits", async || waiting().await.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_and_one_that_is_gone_is_given_up_at_once() {
    let (moved, elsewhere, gone) = (Hook::open().await, Hook::open().await, Hook::open().await);
    moved.becomes(Mood::Redirects(elsewhere.url.clone()));
    gone.becomes(Mood::Refuses(410, String::new()));
    let file = [receiver("moved", &moved, ""), receiver("gone", &gone, "")].concat();
    let console = open("echo looked", "echo up", &file).await;
    waiting(&console).await;
    let shown = async |list: &str, receiver: &str| {
        let board = board(&console).await;
        let rows = board[list].as_array().unwrap();
        let row = rows.iter().find(|row| row["receiver"] == receiver && row["error"] != "");
        row.map(|row| row["error"].as_str().unwrap().to_owned())
    };
    let is =
        async |list: &str, receiver: &str, error: &str| shown(list, receiver).await.as_deref() == Some(error);
    let redirect = "HTTP 307, a redirect, which is not followed";
    eventually_within(PATIENCE, "it is shown", async || is("waiting", "moved", redirect).await).await;
    eventually_within(PATIENCE, "it is given up", async || is("given_up", "gone", "HTTP 410").await).await;
    assert!(elsewhere.heard().is_empty());
    assert_eq!(gone.heard().len(), 1);
    let page = console.client.get(format!("{}/", console.url())).bearer_auth(console.token("olga"));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("These receivers are not reached now"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_refused_for_what_it_is_holds_back_the_others_for_three_tries() {
    let hook = Hook::open().await;
    hook.becomes(Mood::RefusesOnly(422, "run.signature_asked"));
    let console = open("echo looked", "echo up", &receiver("chat", &hook, "")).await;
    let run = waiting(&console).await;
    sign(&console, &run).await;
    go(&console, &run).await;
    assert_eq!(takes(&hook, 1).await, ["run.go"]);
    assert_eq!(hook.heard().len(), 4);
    let given_up = board(&console).await["given_up"].clone();
    assert_eq!((&given_up[0]["kind"], &given_up[0]["tries"]), (&"signature_asked".into(), &3.into()));
}
