//! `kneeboard check FILE`, `kneeboard schema` and `kneeboard plan FILE`: what needs neither state nor server.

use crate::plan;
use crate::runbook::parse::{json_schema, parse};
use anyhow::Context;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Each mistake as `file:line:column: what was expected, what came`.
pub fn check(files: &[PathBuf], json: bool) -> ExitCode {
    let mut good = true;
    for file in files {
        let name = file.display();
        let mistakes: Vec<String> = match std::fs::read_to_string(file) {
            Err(error) => vec![format!("{name}:1:1: expected a runbook, came {error}")],
            Ok(text) => match parse(&text) {
                Ok(parsed) if json => {
                    let steps = parsed.runbook.steps().count();
                    println!(
                        "{}",
                        serde_json::json!({ "file": file, "sha256": parsed.sha256, "steps": steps })
                    );
                    continue;
                }
                Ok(parsed) => {
                    let items: usize = parsed.runbook.phases.iter().map(|phase| phase.items.len()).sum();
                    let (phases, steps) = (parsed.runbook.phases.len(), parsed.runbook.steps().count());
                    println!(
                        "{name}: good: {phases} phases, {items} items, {steps} steps, sha256 {}",
                        parsed.sha256
                    );
                    continue;
                }
                Err(mistakes) => mistakes.iter().map(|mistake| format!("{name}:{mistake}")).collect(),
            },
        };
        good = false;
        if json {
            println!("{}", serde_json::json!({ "file": file, "mistakes": mistakes }));
        } else {
            mistakes.iter().for_each(|mistake| eprintln!("{mistake}"));
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

pub fn schema() -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(&json_schema())?);
    Ok(())
}

/// The tree of a saved EXPLAIN (FORMAT JSON); `-` reads it from the standard input.
pub fn plan(file: &Path, json: bool) -> anyhow::Result<()> {
    let name = file.display();
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).context("the standard input cannot be read")?
    } else {
        std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?
    };
    let plan = plan::parse(&text).with_context(|| format!("{name} is no plan"))?;
    let out = if json {
        serde_json::to_string(&plan::json::nodes(&plan))? + "\n"
    } else {
        plan::text::render(&plan)
    };
    match std::io::stdout().write_all(out.as_bytes()) {
        // Whoever reads has seen enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
