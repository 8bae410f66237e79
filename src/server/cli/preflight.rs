//! `kneeboard preflight FILE --target NAME`: what the page shows, for terminals and for programs, without any state.

use crate::preflight::report::{Plans, SPACE_FACTOR};
use crate::preflight::{Part, Report};
use crate::runbook::Id;
use crate::runbook::parse::parse;
use crate::server::preflight::{Subject, compile};
use crate::server::target::Targets;
use crate::text::size;
use crate::verdict::Verdict;
use anyhow::{Context, bail};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub struct Preflight {
    /// A runbook's file
    file: PathBuf,
    #[arg(long)]
    target: Id,
    /// File that names the targets; KNEEBOARD_TARGET_<NAME>=postgres://... adds to it
    #[arg(long, env = "KNEEBOARD_TARGETS")]
    targets: Option<PathBuf>,
    #[arg(long)]
    json: bool,
}

/// # Errors
/// There is no such runbook or target, or the preflight fails.
pub async fn preflight(options: Preflight) -> anyhow::Result<()> {
    let file = &options.file;
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let parsed = parse(&text).map_err(|mistakes| {
        let told: Vec<String> =
            mistakes.iter().map(|mistake| format!("{}:{mistake}", file.display())).collect();
        anyhow::anyhow!("no runbook:\n{}", told.join("\n"))
    })?;
    let targets = Targets::load(options.targets.as_deref(), &std::env::vars().collect())?;
    let target =
        targets.get(&options.target).with_context(|| format!("there is no target {}", options.target))?;
    let folder = file.canonicalize()?.parent().unwrap_or(Path::new("/")).to_owned();
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let subject = Subject {
        runbook: &parsed.runbook,
        sha256: &parsed.sha256,
        file: &name,
        text: &text,
        folder: &folder,
        target,
    };
    let report = compile(subject).await;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", told(&report));
    }
    if report.verdict() == Verdict::Fail {
        bail!("the preflight fails: {}", report.sentence());
    }
    Ok(())
}

fn told(report: &Report) -> String {
    let mut lines = Vec::new();
    for remark in &report.remarks {
        let place = &remark.place;
        lines.push(format!(
            "{}:{}:{}: {}: {} [{}]",
            place.file,
            place.line,
            place.column,
            remark.weight.word(),
            place.part,
            remark.rule
        ));
        lines.push(format!("    {}", remark.subject));
        lines.push(format!("    {}", remark.reason));
        lines.extend(remark.remedy.iter().map(|remedy| format!("    → {remedy}")));
    }
    lines.extend(report.parts.iter().flat_map(part));
    for index in &report.indexes {
        let size = index.bytes.map(|bytes| format!("about {}", size::bytes(bytes)));
        lines.push(format!(
            "index {} on {}: {}",
            index.name,
            index.table,
            size.or_else(|| index.note.clone()).unwrap_or_default()
        ));
    }
    if report.index_bytes() > 0 {
        let free = report.index_bytes() * SPACE_FACTOR;
        lines.push(format!(
            "all new indexes: about {}; {} should be free",
            size::bytes(report.index_bytes()),
            size::bytes(free)
        ));
    }
    match &report.plans {
        Plans::Asked { plans } => lines.extend(plans.iter().map(|plan| {
            format!(
                "plan {}: {}: {}",
                plan.title,
                if plan.comes_true { "comes true" } else { "will not come true" },
                plan.planner
            )
        })),
        Plans::NotAsked { why } => lines.push(format!("plans: {why}")),
    }
    let tools = report.tools.iter().map(|tool| tool.version.clone().unwrap_or_else(|| tool.program.clone()));
    lines.push(format!("programs: {}", tools.collect::<Vec<_>>().join(", ")));
    let on = report.facts.as_ref().map_or_else(
        || report.target.to_string(),
        |facts| format!("{} (PostgreSQL {})", facts.name, facts.server_version),
    );
    lines.push(format!(
        "{} on {on}: {}: {}; {} statements prepared",
        report.title,
        report.verdict().word(),
        report.sentence(),
        report.prepared
    ));
    lines.join("\n") + "\n"
}

fn part(part: &Part) -> Vec<String> {
    let back = if part.back { ", on the way back" } else { "" };
    let mut lines = vec![format!("step {}{back}: {}", part.step, part.runs)];
    let Some(statements) = &part.statements else { return lines };
    lines.extend(statements.iter().map(|statement| {
        let lock = statement.lock.map(|lock| {
            format!("    {} on {}; blocks {}", lock.word(), statement.tables.join(", "), lock.blocks())
        });
        format!("  {}\n{}", statement.sql, lock.unwrap_or_else(|| "    no lock on a table".to_owned()))
    }));
    lines
}
