//! `kneeboard check FILE`, `kneeboard schema` and `kneeboard plan FILE`: what needs neither state nor server.

use crate::plan;
use crate::runbook::parse::{json_schema, parse};
use anyhow::Context;
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

/// The tree of a saved EXPLAIN (FORMAT JSON).
pub fn plan(file: &Path, json: bool) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let plan =
        plan::parse(&text).with_context(|| format!("{} is no EXPLAIN (FORMAT JSON)", file.display()))?;
    if json {
        println!("{}", serde_json::to_string(&plan::json::nodes(&plan))?);
    } else {
        print!("{}", plan::text::render(&plan));
    }
    Ok(())
}
