//! Whether a plan is what was hoped for: pass, fail or inconclusive, with the reason in one sentence. An
//! expectation names allowed indexes and budgets, never the text of a plan.

use serde::{Deserialize, Serialize};

use super::describe;
use super::node::{Node, Plan};
use super::seq_scan::{Finding, Limits, examine};
use crate::runbook::PlanExpect;
use crate::text::duration;
use crate::text::number::{rows, short};
use crate::verdict::Verdict;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub verdict: Verdict,
    /// One sentence.
    pub reason: String,
}

/// Where a runbook does not say.
const MIN_ROWS: u64 = 1;
const SMALL_TABLE_ROWS: u64 = 1_000;
const UNSELECTIVE_SHARE: f64 = 0.1;

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    pub plan: &'a Plan,
    /// The fastest of several executions in ms, where there were several.
    pub ms: Option<f64>,
    /// The same statement before the change, same parameters.
    pub baseline_ms: Option<f64>,
    /// Tables whose statistics are older than their rows.
    pub stale: &'a [String],
}

impl<'a> Evidence<'a> {
    /// One execution, fresh statistics, nothing to compare with.
    pub fn of(plan: &'a Plan) -> Self {
        Self { plan, ms: None, baseline_ms: None, stale: &[] }
    }
}

/// Slower than the baseline counts from here on: less is what the same plan differs by from one time to the next.
const NOISE_RATIO: f64 = 1.1;
const NOISE_MS: f64 = 0.05;

pub fn judge(expected: &PlanExpect, evidence: &Evidence) -> Judgement {
    let plan = evidence.plan;
    if !plan.is_measured() {
        return inconclusive(format!("Not executed, so nothing was measured: it would be {}.", ways(plan)));
    }
    if let Some(vacuous) = vacuous(expected, plan) {
        return vacuous;
    }
    let findings =
        [shape(expected, plan), order(expected, plan), budgets(expected, evidence), slower(evidence)];
    let mut worst: Option<Judgement> = None;
    for finding in findings.into_iter().flatten() {
        if worst.as_ref().is_none_or(|worst| finding.verdict > worst.verdict) {
            worst = Some(finding);
        }
    }
    let worst = worst.unwrap_or_else(|| pass("Within its budgets.".to_owned()));
    if evidence.stale.is_empty() {
        return worst;
    }
    let said = worst.reason.trim_end_matches('.');
    inconclusive(format!(
        "{said}; but the statistics of {} are not fresh, so ANALYZE and judge again.",
        evidence.stale.join(", ")
    ))
}

/// Without rows neither speed nor plan means anything.
fn vacuous(expected: &PlanExpect, plan: &Plan) -> Option<Judgement> {
    let least = expected.min_rows.unwrap_or(MIN_ROWS);
    match yielded(plan)? {
        n if n >= least as f64 => None,
        0.0 => Some(inconclusive("0 rows, so nothing is proven: check the parameters.".to_owned())),
        n => Some(inconclusive(format!(
            "{} rows where at least {least} were expected, so little is proven.",
            rows(n)
        ))),
    }
}

/// Rows found, looked for below what gives a row of its own accord: count(*) says 1 over nothing.
fn yielded(plan: &Plan) -> Option<f64> {
    let mut node = plan.nodes.first()?;
    loop {
        let transparent = match node.node_type.as_str() {
            "Aggregate" => node.field("Group Key").is_none() && node.field("Grouping Sets").is_none(),
            "ModifyTable" | "Gather" | "Gather Merge" | "Limit" | "LockRows" => true,
            _ => false,
        };
        let input = plan.children(node.id).find(|child| child.relationship.as_deref() == Some("Outer"));
        match input {
            Some(input) if transparent => node = input,
            _ => return node.all_rows(),
        }
    }
}

/// Is an allowed index used, and if not, is that right?
fn shape(expected: &PlanExpect, plan: &Plan) -> Option<Judgement> {
    let first = expected.indexes.first()?;
    let executed = || plan.nodes.iter().filter(|node| !node.never_executed());
    let through_index = || executed().filter(|node| describe::reads_index(node));
    let used = expected
        .indexes
        .iter()
        .find_map(|allowed| through_index().find(|node| node.index.as_ref() == Some(allowed)));
    if let Some(node) = used {
        let sibling = node.index.as_ref() != Some(first);
        let why = if sibling { format!(", a sibling that costs less than {first}") } else { String::new() };
        return Some(pass(format!("{}{why}.", way(node))));
    }
    let limits = Limits {
        small_table: expected.small_table_rows.unwrap_or(SMALL_TABLE_ROWS) as f64,
        selective: expected.unselective_share.unwrap_or(UNSELECTIVE_SHARE),
    };
    let scans = executed().filter(|node| node.node_type == "Seq Scan");
    let findings: Vec<Finding> = scans.filter_map(|scan| examine(plan, scan, limits)).collect();
    // One scan that is not right outweighs those that are.
    let finding = findings.iter().max_by_key(|finding| matches!(finding, Finding::Unexplained(_)));
    Some(match (finding, through_index().next()) {
        (Some(Finding::Unexplained(what)), _) => fail(format!("{what}; {first} is not used.")),
        (_, Some(other)) => inconclusive(format!("{} is used and not {first}.", way(other))),
        (Some(Finding::Explained(what)), None) => pass(format!("{what}.")),
        (None, None) => fail(format!("{first} is not used: {}.", ways(plan))),
    })
}

fn order(expected: &PlanExpect, plan: &Plan) -> Option<Judgement> {
    let sort = plan.nodes.iter().find(|node| describe::sorts(node) && !node.never_executed());
    let sort = sort.filter(|_| expected.no_sort)?;
    Some(fail(format!(
        "{} of {} rows where the order was to come from an index.",
        sort.node_type,
        rows(sort.all_rows()?)
    )))
}

fn budgets(expected: &PlanExpect, evidence: &Evidence) -> Option<Judgement> {
    let ms = evidence.ms.or_else(|| evidence.plan.total_ms());
    if let Some((ms, most)) = ms.zip(expected.max_ms).filter(|(ms, most)| ms > most) {
        return Some(fail(format!(
            "{} where at most {} were allowed.",
            duration::exact(ms),
            duration::exact(most)
        )));
    }
    let pages = evidence.plan.buffers().zip(expected.max_blocks);
    let (pages, most) = pages.filter(|(pages, most)| *pages > *most as f64)?;
    Some(fail(format!("{} pages read where at most {} were allowed.", rows(pages), rows(most as f64))))
}

fn slower(evidence: &Evidence) -> Option<Judgement> {
    let now = evidence.ms.or_else(|| evidence.plan.total_ms())?;
    let before = evidence.baseline_ms?;
    (now > before * NOISE_RATIO && now - before > NOISE_MS).then(|| {
        let factor =
            if before > 0.0 { format!(", {} times as long", short(now / before)) } else { String::new() };
        fail(format!(
            "Slower than before: {} against {}{factor}.",
            duration::exact(now),
            duration::exact(before)
        ))
    })
}

/// `idx_tasks_status_created_at, scanned backward`
fn way(node: &Node) -> String {
    let index = node.index.as_deref().unwrap_or("an index");
    let how = match node.node_type.as_str() {
        "Bitmap Index Scan" => ", by a bitmap",
        "Index Only Scan" => ", without reading the table",
        _ => "",
    };
    let back = if node.string("Scan Direction") == Some("Backward") { ", scanned backward" } else { "" };
    format!("{index}{how}{back}")
}

/// How the plan gets at its rows.
fn ways(plan: &Plan) -> String {
    let leaves = plan.nodes.iter().filter(|node| node.relation.is_some() || node.index.is_some());
    let titles: Vec<String> = leaves.map(describe::title).collect();
    if titles.is_empty() { "no table is read".to_owned() } else { titles.join(", ") }
}

fn pass(reason: String) -> Judgement {
    Judgement { verdict: Verdict::Pass, reason }
}

fn fail(reason: String) -> Judgement {
    Judgement { verdict: Verdict::Fail, reason }
}

fn inconclusive(reason: String) -> Judgement {
    Judgement { verdict: Verdict::Inconclusive, reason }
}
