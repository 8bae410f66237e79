//! What is told, to whom, and that its receiver can know who says it.

use super::{SECRET, command, go, notify, open, phases, receiver, sign, takes, waiting};
use crate::console::Console;
use crate::hook::{Heard, Hook};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kneeboard::run::view::StepStatus;
use ring::hmac;
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

/// As a receiver checks it, by the specification of Standard Webhooks.
fn is_signed(heard: &Heard) -> bool {
    let bytes = STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    let signature = heard.signature.as_ref().unwrap().strip_prefix("v1,").unwrap();
    let content = format!("{}.{}.{}", heard.id, heard.at, heard.body);
    hmac::verify(&key, content.as_bytes(), &STANDARD.decode(signature).unwrap()).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_told_from_the_signature_to_its_end_signed_and_in_order() {
    let hook = Hook::open().await;
    let console = open("echo looked", "exit 3", &receiver("chat", &hook, "")).await;
    let run = waiting(&console).await;
    takes(&hook, 1).await;
    sign(&console, &run).await;
    assert_eq!(go(&console, &run).await, StepStatus::Failed);
    let name = &console.database.name;
    let back = json!({ "kind": "roll_back", "path": "undo", "reason": "it failed", "confirm": name });
    command(&console, "olga", &run, back).await;
    assert_eq!(console.settled(&run, "down").await, StepStatus::Succeeded);
    command(&console, "olga", &run, json!({ "kind": "end_run" })).await;
    let topics = takes(&hook, 5).await;
    assert_eq!(topics, ["run.signature_asked", "run.go", "run.failed", "run.rollback", "run.ended"]);
    let heard = hook.heard();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed();
    for heard in &heard {
        assert!(is_signed(heard), "{heard:?}");
        assert!((now - heard.at).abs() < 300, "a receiver refuses what is older: {heard:?}");
    }
    let tampered = Heard { body: heard[0].body.replace("shop", "live"), ..heard[0].clone() };
    assert!(!is_signed(&tampered));
    let asked = heard[0].json();
    assert_eq!(asked["data"]["url"], format!("{}/sign/{run}", console.url()));
    assert_eq!(asked["data"]["target"], "shop");
    let text = asked["text"].as_str().unwrap();
    assert!(
        text.contains("\"Look\" waits to be signed") && text.contains("sign-off as dba missing"),
        "{text}"
    );
    assert!(heard[2].json()["data"]["note"].as_str().unwrap().contains("exit code 3"));
    let ids: std::collections::BTreeSet<_> = heard.iter().map(|heard| &heard.id).collect();
    assert_eq!(ids.len(), heard.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_has_its_signatures_told_to_those_whom_it_names() {
    let (oncall, chat) = (Hook::open().await, Hook::open().await);
    let mut console = Console::open(&phases(", notify = [\"dba-oncall\"]", "echo looked", "echo up")).await;
    console.add_person("anna", &["--permission", "approver", "--role", "dba"]);
    let file = [receiver("dba-oncall", &oncall, "on = [\"failed\"]"), receiver("chat", &chat, "")].concat();
    notify(&mut console, &file);
    let run = waiting(&console).await;
    sign(&console, &run).await;
    go(&console, &run).await;
    takes(&chat, 1).await;
    assert_eq!(takes(&oncall, 1).await, ["run.signature_asked"]);
    assert_eq!(chat.topics(), ["run.go"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_calls_no_channel_forges_no_link_and_adds_no_line() {
    let hook = Hook::open().await;
    let console = open("echo looked", "echo up", &receiver("chat", &hook, "")).await;
    let run = waiting(&console).await;
    let note = "<!channel> all is well\n\n*shop (production)*: <https://a.example|Sign here> @here";
    command(&console, "olga", &run, json!({ "kind": "abandon", "reason": note })).await;
    takes(&hook, 2).await;
    let heard = hook.heard();
    let ended = heard.last().unwrap().json();
    let text = ended["text"].as_str().unwrap();
    assert!(text.contains("&lt;!channel&gt; all is well"), "{text}");
    assert!(!text.contains(['<', '>']) && !text.contains("@here"), "{text}");
    assert_eq!(text.lines().count(), 4, "{text}");
    assert_eq!(ended["data"]["note"], note.replace("\n\n", " "), "for programs it is whole");
}
