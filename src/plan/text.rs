//! The tree for a terminal: what `kneeboard plan FILE` prints.

use std::fmt::Write as _;

use super::node::{Node, Plan};
use super::times::{Time, times};
use super::{describe, fields, worst};
use crate::text::{duration, number};

/// A row of figures and a line of the tree for each node, its facts below it, then what was said of the whole.
pub fn render(plan: &Plan) -> String {
    let times = times(plan);
    let mut out = format!(
        "{:>10} {:>10} {:>10} {:>10} {:>8}   node\n",
        "exclusive", "inclusive", "rows", "expected", "loops"
    );
    let branches = branches(plan);
    for (node, (time, (branch, below))) in plan.nodes.iter().zip(times.iter().zip(branches)) {
        let name = title(node);
        push(&mut out, format_args!("{}   {branch}{name}", figures(node, *time)));
        for fact in fields::facts(&node.fields) {
            push(&mut out, format_args!("{:55}{below}  {}: {}", "", fact.label, fact.value));
        }
    }
    out.push('\n');
    summary(plan, &mut out);
    out
}

fn figures(node: &Node, time: Option<Time>) -> String {
    let ms = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), duration::exact);
    let count = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), number::rows);
    let never = node.never_executed();
    format!(
        "{:>10} {:>10} {:>10} {:>10} {:>8}",
        if never { "never".to_owned() } else { ms(time.map(|time| time.exclusive_ms)) },
        if never { "executed".to_owned() } else { ms(time.map(|time| time.inclusive_ms)) },
        count(node.rows),
        count(node.plan_rows),
        count(node.loops),
    )
}

fn title(node: &Node) -> String {
    let subplan = node.subplan.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let cost = node.total_cost.map(|cost| format!("  (cost {})", number::short(cost))).unwrap_or_default();
    format!("{subplan}{}{cost}", describe::title(node))
}

/// For each node the branch that leads to it, and what stands before the lines below it.
fn branches(plan: &Plan) -> Vec<(String, String)> {
    let mut last = vec![true; plan.nodes.len()];
    let mut seen_child = vec![false; plan.nodes.len()];
    for node in plan.nodes.iter().rev() {
        if let Some(parent) = node.parent {
            last[node.id] = !std::mem::replace(&mut seen_child[parent], true);
        }
    }
    let mut branches: Vec<(String, String)> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let Some(parent) = node.parent else {
            branches.push((String::new(), String::new()));
            continue;
        };
        let above = branches[parent].1.clone();
        let (branch, below) = if last[node.id] { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        branches.push((format!("{above}{branch}"), format!("{above}{below}")));
    }
    branches
}

fn summary(plan: &Plan, out: &mut String) {
    if let Some(worst) = worst::worst(plan) {
        push(out, format_args!("{}", worst.sentence));
    }
    let times = [("Planning Time", plan.planning_ms), ("Execution Time", plan.execution_ms)];
    for (what, ms) in times {
        if let Some(ms) = ms {
            push(out, format_args!("{what}: {}", duration::exact(ms)));
        }
    }
    for (name, value) in &plan.settings {
        push(out, format_args!("Setting: {name} = {}", fields::show(name, value)));
    }
    for (name, value) in &plan.extra {
        let value = fields::show(name, value);
        if !value.is_empty() {
            push(out, format_args!("{name}: {value}"));
        }
    }
}

fn push(out: &mut String, line: std::fmt::Arguments) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{line}");
}
