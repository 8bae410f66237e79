//! A way back for two on a production target, with the second person at the console's own terminal.

use crate::console::Console;
use crate::runbooks::shell;
use kneeboard::run::RunId;
use kneeboard::run::view::StepStatus;
use serde_json::json;
use std::io::{Read, Write};
use std::process::{Child, Stdio};

const PHASES: &str = r#"
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
second_person = true
steps = ["down"]
"#;

/// At the terminal, until it asks for the value; with the value.
fn asked(console: &Console, run: &RunId, database: &str) -> (Child, String) {
    let back = ["rollback", run.as_str(), "--path", "undo", "--as", "oscar", "--reason", "so do I"];
    let mut command = console.kneeboard(&[&back[..], &["--confirm", database]].concat());
    command.stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(Stdio::null());
    let mut process = command.spawn().unwrap();
    let mut said = String::new();
    let mut byte = [0];
    while !said.ends_with(": ") {
        let read = process.stderr.as_mut().unwrap().read(&mut byte).unwrap();
        assert!(read > 0, "it ended: {said}");
        said.push(char::from(byte[0]));
    }
    assert!(said.starts_with("olga asked for this way back."), "{said}");
    let value = said.trim_end_matches(": ").rsplit(' ').next().unwrap().to_owned();
    (process, value)
}

fn types(mut process: Child, line: &str) -> (bool, String) {
    process.stdin.take().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_terminal_the_value_is_shown_and_typed() {
    let phases = format!("{PHASES}{}{BACK}{}{PATH}", shell("up", "echo up"), shell("down", "echo down"));
    let console = Console::open(&phases).await;
    let run = console.start_run().await;
    let target = console.state(&run).await.target;
    assert!(target.is_production());
    let back = |shown: &str| json!({ "kind": "roll_back", "path": "undo", "reason": "r", "confirm": target.database, "rows": "", "shown": shown });
    let seq = console.state(&run).await.seq;
    let (status, answer) = console.command_as("olga", &run, seq, "ask", &back("")).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = console.command_as("oscar", &run, seq + 1, "token", &back("ABC-DEF")).await;
    assert_eq!((status.as_u16(), answer["code"].as_str()), (403, Some("not_allowed")), "{answer}");
    let (process, first) = asked(&console, &run, &target.database);
    let (done, said) = types(process, "ABC-DEF");
    assert!(!done && said.contains("the value that your own screen shows"), "{said}");
    let (process, second) = asked(&console, &run, &target.database);
    assert_ne!(first, second, "a terminal's value is good once");
    let (done, said) = types(process, &second.to_lowercase());
    assert!(done, "{said}");
    assert_eq!(console.settled(&run, "down").await, StepStatus::Succeeded);
}
