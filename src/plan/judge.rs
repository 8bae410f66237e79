//! Whether a plan is what was hoped for: pass, fail or inconclusive, with the reason in one sentence. An
//! expectation names allowed indexes and budgets, never the text of a plan.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::describe;
use super::node::{Node, Plan};
use super::seq_scan::{Finding, Limits, examine};
use super::slower::{Baseline, slower};
use crate::runbook::PlanExpect;
use crate::text::duration;
use crate::text::number::rows;
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
    /// Execution times in ms of all repetitions; empty: there was one, whose time stands in the plan.
    pub times_ms: &'a [f64],
    pub baseline: Option<Baseline<'a>>,
    /// Tables whose statistics are older than their rows.
    pub stale: &'a [String],
    /// Allowed indexes that are not there or not valid. None: nobody looked.
    pub absent: Option<&'a [String]>,
}

impl<'a> Evidence<'a> {
    /// One execution, fresh statistics, nothing to compare with.
    pub fn of(plan: &'a Plan) -> Self {
        Self { plan, times_ms: &[], baseline: None, stale: &[], absent: None }
    }

    /// Whatever disturbs an execution makes it longer, so the fastest is the one that was disturbed least.
    fn fastest(&self) -> Option<f64> {
        self.times_ms.iter().copied().reduce(f64::min).or_else(|| self.plan.total_ms())
    }

    fn slower(&self) -> Option<Judgement> {
        let once: Vec<f64> = self.plan.total_ms().into_iter().collect();
        let times_ms = if self.times_ms.is_empty() { &once } else { self.times_ms };
        slower(self.plan, times_ms, self.baseline?)
    }

    fn is_absent(&self, index: &str) -> bool {
        self.absent.is_some_and(|absent| absent.iter().any(|name| name == index))
    }
}

/// True where nothing but time speaks against the plan. Time speaks for it as soon as one execution is undisturbed, so it is worth
/// executing it again before anybody is told.
pub fn is_doubtful(expected: &PlanExpect, evidence: &Evidence) -> bool {
    let slower = evidence.slower().is_some_and(|judged| judged.verdict != Verdict::Pass);
    evidence.plan.is_measured() && (slower || too_long(expected, evidence).is_some())
}

pub fn judge(expected: &PlanExpect, evidence: &Evidence) -> Judgement {
    let plan = evidence.plan;
    if !plan.is_measured() {
        return inconclusive(format!("Not executed, so nothing was measured: it would be {}.", ways(plan)));
    }
    if let Some(vacuous) = vacuous(expected, plan) {
        return vacuous;
    }
    let findings =
        [shape(expected, evidence), order(expected, plan), budgets(expected, evidence), evidence.slower()];
    let worst = worst(findings.into_iter().flatten());
    if evidence.stale.is_empty() {
        return worst;
    }
    let said = worst.reason.trim_end_matches('.');
    inconclusive(format!(
        "{said}; but the statistics of {} are not fresh, so ANALYZE and judge again.",
        evidence.stale.join(", ")
    ))
}

/// The first of the worst; of passes all, in one sentence.
fn worst(findings: impl Iterator<Item = Judgement>) -> Judgement {
    let join = |all: Judgement, next: Judgement| match all.verdict.cmp(&next.verdict) {
        Ordering::Less => next,
        Ordering::Equal if all.verdict == Verdict::Pass => {
            pass(format!("{}; {}", all.reason.trim_end_matches('.'), next.reason))
        }
        Ordering::Equal | Ordering::Greater => all,
    };
    findings.reduce(join).unwrap_or_else(|| pass("Within its budgets.".to_owned()))
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
fn shape(expected: &PlanExpect, evidence: &Evidence) -> Option<Judgement> {
    let (plan, first) = (evidence.plan, expected.indexes.first()?);
    let executed = || plan.nodes.iter().filter(|node| !node.never_executed());
    let through_index = || executed().filter(|node| describe::reads_index(node));
    let used = expected
        .indexes
        .iter()
        .find_map(|allowed| through_index().find(|node| node.index.as_ref() == Some(allowed)));
    if let Some(node) = used {
        return Some(pass(format!("{}{}.", way(node), instead_of(first, node, evidence))));
    }
    let limits = Limits {
        small_table: expected.small_table_rows.unwrap_or(SMALL_TABLE_ROWS) as f64,
        selective: expected.unselective_share.unwrap_or(UNSELECTIVE_SHARE),
    };
    let scans = executed().filter(|node| node.node_type == "Seq Scan");
    let findings: Vec<Finding> = scans.filter_map(|scan| examine(plan, scan, limits)).collect();
    // One scan that is not right outweighs those that are.
    let finding = findings.iter().max_by_key(|finding| matches!(finding, Finding::Unexplained(_)));
    let not_used = if evidence.is_absent(first) { "is not there" } else { "is not used" };
    Some(match (finding, through_index().next()) {
        (Some(Finding::Unexplained(what)), _) => fail(format!("{what}; {first} {not_used}.")),
        (_, Some(other)) => inconclusive(format!("{} is used; {first} {not_used}.", way(other))),
        (Some(Finding::Explained(what)), None) => pass(format!("{what}.")),
        (None, None) => fail(format!("{first} {not_used}: {}.", ways(plan))),
    })
}

/// Why a sibling was taken. The planner takes the path that it estimates to cost least, so where both could be taken it has compared them.
fn instead_of(first: &str, used: &Node, evidence: &Evidence) -> String {
    match evidence.absent {
        _ if used.index.as_deref() == Some(first) => String::new(),
        None => format!(", a sibling of {first}"),
        Some(_) if evidence.is_absent(first) => format!(", while {first} is not there"),
        Some(_) => format!(", a sibling that the planner estimates to cost no more than {first}"),
    }
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
    if let Some((ms, most)) = too_long(expected, evidence) {
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

/// The fastest execution and what it was to take at most.
fn too_long(expected: &PlanExpect, evidence: &Evidence) -> Option<(f64, f64)> {
    evidence.fastest().zip(expected.max_ms).filter(|(ms, most)| ms > most)
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

pub(super) fn pass(reason: String) -> Judgement {
    Judgement { verdict: Verdict::Pass, reason }
}

pub(super) fn fail(reason: String) -> Judgement {
    Judgement { verdict: Verdict::Fail, reason }
}

pub(super) fn inconclusive(reason: String) -> Judgement {
    Judgement { verdict: Verdict::Inconclusive, reason }
}
