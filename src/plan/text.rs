//! The tree for a terminal: what `kneeboard plan FILE` prints.

use std::fmt::Write as _;

use super::node::{Node, Plan};
use super::times::{Time, shares, times};
use super::{describe, fields, marks, worst};
use crate::text::{duration, number};

/// How wide the figures are, with what stands between them and the tree.
const FIGURES: usize = 74;

/// A row of figures and a line of the tree for each node, its facts below it, then what was said of the whole.
pub fn render(plan: &Plan) -> String {
    let times = times(plan);
    let shares = shares(&times);
    let worst = worst::worst(plan);
    let mut out = format!(
        "{:>10} {:11} {:>10} {:>10} {:>10} {:>8} {:>6}   node\n",
        "exclusive", " share", "inclusive", "rows", "expected", "off", "loops"
    );
    for (node, (branch, below)) in plan.nodes.iter().zip(branches(plan)) {
        let figures = figures(plan, node, times[node.id], shares[node.id]);
        let most = worst.as_ref().filter(|worst| worst.id == node.id);
        let most = most.map_or_else(String::new, |worst| format!("  <- {}", worst.word()));
        push(&mut out, format_args!("{figures}   {branch}{}{most}", title(node)));
        for fact in fields::of_node(node) {
            push(&mut out, format_args!("{:FIGURES$}{below}  {}: {}", "", fact.label, fact.value));
        }
    }
    out.push('\n');
    summary(plan, &mut out);
    out
}

fn figures(plan: &Plan, node: &Node, time: Option<Time>, share: Option<f64>) -> String {
    let ms = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), duration::exact);
    let count = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), number::rows);
    let never = node.never_executed();
    format!(
        "{:>10} {:11} {:>10} {:>10} {:>10} {:>8} {:>6}",
        if never { "never".to_owned() } else { ms(time.map(|time| time.exclusive_ms)) },
        share.filter(|_| !never).map(heat).unwrap_or_default(),
        if never { "executed".to_owned() } else { ms(time.map(|time| time.inclusive_ms)) },
        count(node.rows),
        count(node.plan_rows),
        plan.misestimate(node.id).map(off).unwrap_or_default(),
        count(node.loops),
    )
}

/// ` 94 % #####`: a bar of five, so that the eye finds where the time goes.
fn heat(share: f64) -> String {
    let bar = "#".repeat((share * 5.0).round() as usize);
    format!("{:>3.0} % {bar}", share * 100.0)
}

/// `50 x up`: more rows came than were expected; nothing where the estimate was about right.
fn off((factor, more): (f64, bool)) -> String {
    let way = if more { "up" } else { "dn" };
    if factor < ABOUT_RIGHT { String::new() } else { format!("{}x {way}", number::factor(factor)) }
}

/// Up to this factor an estimate is as good as right.
const ABOUT_RIGHT: f64 = 2.0;

fn title(node: &Node) -> String {
    let subplan = node.subplan.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let cost = node.total_cost.map(|cost| format!("  (cost {})", number::short(cost))).unwrap_or_default();
    let marks: String = marks::marks(node).into_iter().map(|mark| format!("  [{mark}]")).collect();
    format!("{subplan}{}{cost}{marks}", describe::title(node))
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
