//! People elsewhere are told what happens in runs: by real webhooks and real mail, of a console that is killed, beside receivers that fail.

mod failing;
mod killed;
mod mail;
mod shown;
mod told;

use crate::api::{id, start};
use crate::console::Console;
use crate::hook::Hook;
use crate::runbooks::shell;
use crate::support::eventually_within;
use kneeboard::run::RunId;
use kneeboard::run::view::StepStatus;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// `whsec_` and 24 bytes.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A gate behind one step, then the change, and a way back.
pub fn phases(gate: &str, first: &str, up: &str) -> String {
    let phase = |id: &str, title: &str, kind: &str, more: &str, step: &str| {
        format!(
            "[[phases]]\nid = \"{id}\"\ntitle = \"{title}\"\nkind = \"{kind}\"\n{more}\n[[phases.steps]]\n{step}\n"
        )
    };
    let gate = format!("gate = {{ statement = \"All is well.\", sign_offs = [{{ role = \"dba\" }}]{gate} }}");
    [
        phase("look", "Look", "preflight", &gate, &shell("first", first)),
        phase("change", "Change", "migrate", "", &shell("up", up)),
        phase("undo", "Undo", "rollback", "", &shell("down", "echo down")),
        "[[rollback]]\nid = \"undo\"\ntitle = \"Undo it\"\nsummary = \"s\"\nloses = \"nothing\"\nsteps = [\"down\"]\n".to_owned(),
    ]
    .concat()
}

/// A receiver with the secret, for the file.
pub fn receiver(name: &str, hook: &Hook, more: &str) -> String {
    format!("[[receivers]]\nname = \"{name}\"\nwebhook = \"{}\"\nsecret = \"{SECRET}\"\n{more}\n", hook.url)
}

/// The file becomes this, in a console that was started again.
pub fn notify(console: &mut Console, file: &str) {
    write(console, file);
    console.kill_and_serve_again();
}

pub fn write(console: &Console, file: &str) {
    let path = console.path("notify.toml");
    std::fs::write(&path, file).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub async fn open(first: &str, up: &str, file: &str) -> Console {
    let mut console = Console::open(&phases("", first, up)).await;
    console.add_person("anna", &["--permission", "approver", "--role", "dba"]);
    notify(&mut console, file);
    console
}

pub async fn command(console: &Console, who: &str, run: &RunId, command: Value) {
    let seq = console.state(run).await.seq;
    let (status, answer) = console.command_as(who, run, seq, RunId::random().as_str(), &command).await;
    assert_eq!(status, 200, "{answer}");
}

/// A run in which the first step has passed, and what is signed is known.
pub async fn waiting(console: &Console) -> RunId {
    let run = console.start_run().await;
    console.start_step(&run, "first").await;
    assert_eq!(console.settled(&run, "first").await, StepStatus::Succeeded);
    console.until(&run, "what is signed is known", |state| state.intents.contains_key(&id("look"))).await;
    run
}

pub async fn sign(console: &Console, run: &RunId) {
    command(console, "anna", run, json!({ "kind": "sign_off", "phase": "look", "role": "dba" })).await;
}

pub async fn go(console: &Console, run: &RunId) -> StepStatus {
    command(console, "olga", run, start("up")).await;
    console.settled(run, "up").await
}

/// Waits until a hook has taken so many.
pub async fn takes(hook: &Hook, many: usize) -> Vec<String> {
    let patience = Duration::from_secs(90);
    eventually_within(patience, "the receiver is told", async || hook.topics().len() >= many).await;
    hook.topics()
}

/// What the API says of all notifications.
pub async fn board(console: &Console) -> Value {
    console.get("/notifications").send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
}
