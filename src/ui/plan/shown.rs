//! What a row of the plan view says about a node. Knows no Leptos.

use crate::plan::fields::{Fact, of_node, output};
use crate::plan::marks::marks;
use crate::plan::times::{Time, shares, times};
use crate::plan::worst::{Worst, worst};
use crate::plan::{Node, Plan, describe};
use crate::text::{duration, number};

/// An estimate is marked from this factor on, as PEV2 and pgAdmin do.
const MISESTIMATE: f64 = 10.0;

/// From this factor on an estimate's way is told; below, it was about right.
const ABOUT_RIGHT: f64 = 2.0;

/// The stylesheet indents up to this depth; deeper nodes stand as deep as this and say their level.
const DEEPEST: usize = 30;

/// Words that mark a row, and the class that colours them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    pub words: String,
    pub class: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub level: usize,
    /// CSS: depth, heat, and whether it is the worst, expected or never executed.
    pub class: String,
    /// `InitPlan 1`, `CTE x`.
    pub subplan: Option<String>,
    pub operation: String,
    pub index: Option<String>,
    pub object: Option<String>,
    pub badges: Vec<Badge>,
    /// Share of the time in whole percent.
    pub percent: Option<u8>,
    pub exclusive: String,
    pub inclusive: String,
    pub rows: String,
    pub estimate: Option<String>,
    pub loops: String,
    /// With all below and over all loops, where that says more than the node's own figures.
    pub in_all: Option<String>,
    pub repeated: Option<String>,
    /// What explains the node at once, and everything else, in lines.
    pub first: String,
    pub more: String,
}

/// One entry a node, in the order of the plan. `expected` are index names, the first one preferred.
pub fn shown(plan: &Plan, expected: &[String]) -> Vec<Shown> {
    let times = times(plan);
    let shares = shares(&times);
    let worst = worst(plan);
    let rows = plan.nodes.iter().zip(times.into_iter().zip(shares));
    rows.map(|(node, (time, share))| {
        let worst = worst.as_ref().filter(|worst| worst.id == node.id);
        row(plan, node, time, share, worst, expected)
    })
    .collect()
}

fn row(
    plan: &Plan,
    node: &Node,
    time: Option<Time>,
    share: Option<f64>,
    worst: Option<&Worst>,
    expected: &[String],
) -> Shown {
    let never = node.never_executed();
    let wanted = node.index.as_ref().and_then(|index| expected.iter().position(|name| name == index));
    let off = plan.misestimate(node.id);
    let wrong = off.is_some_and(|(factor, _)| factor >= MISESTIMATE);
    let mut class = format!("d{}", node.depth.min(DEEPEST));
    for (on, name) in
        [(worst.is_some(), "worst"), (wanted.is_some(), "want"), (never, "never"), (wrong, "wrong")]
    {
        if on {
            class.push(' ');
            class.push_str(name);
        }
    }
    let percent = share.filter(|_| !never).map(|share| (share * 100.0).round() as u8);
    if let Some(percent) = percent {
        class.push_str(&heat(percent));
    }
    let said = [
        (wanted == Some(0), "expected index", "badge good"),
        (wanted.is_some_and(|at| at > 0), "allowed index", "badge good"),
        (worst.is_some(), worst.map_or("", Worst::word), "badge hot"),
        (never, "never executed", "badge"),
    ];
    let said = said.into_iter().filter(|(on, ..)| *on);
    let said = said.map(|(_, words, class)| Badge { words: words.to_owned(), class });
    let marked = marks(node).into_iter().map(|words| Badge { words, class: "badge ask" });
    let level = (node.depth > DEEPEST).then(|| Badge {
        words: format!("level {}", number::grouped(node.depth as u64 + 1)),
        class: "badge",
    });
    let (first, more) = split(node);
    let below = plan.children(node.id).next().is_some();
    let ms = |ms: fn(&Time) -> f64| time.as_ref().filter(|_| !never).map(|time| duration::exact(ms(time)));
    let count = |n: Option<f64>| n.filter(|_| !never).map(number::rows);
    Shown {
        level: node.depth + 1,
        class,
        subplan: node.subplan.clone(),
        operation: describe::operation(node),
        index: node.index.clone(),
        object: describe::object(node),
        badges: said.chain(marked).chain(level).collect(),
        percent,
        exclusive: ms(|time| time.exclusive_ms).unwrap_or_else(|| "–".to_owned()),
        inclusive: ms(|time| time.inclusive_ms).unwrap_or_else(|| "–".to_owned()),
        rows: count(node.rows).unwrap_or_else(|| "–".to_owned()),
        estimate: node.plan_rows.map(|rows| estimate(rows, off)),
        loops: count(node.loops).unwrap_or_else(|| "–".to_owned()),
        in_all: ms(|time| time.inclusive_ms).filter(|_| below),
        repeated: count(node.loops.filter(|loops| *loops != 1.0)),
        first,
        more,
    }
}

fn estimate(rows: f64, off: Option<(f64, bool)>) -> String {
    let rows = number::rows(rows);
    match off.filter(|(factor, _)| *factor >= ABOUT_RIGHT) {
        Some((factor, true)) => format!("expected {rows}: {} × more", number::factor(factor)),
        Some((factor, false)) => format!("expected {rows}: {} × fewer", number::factor(factor)),
        None => format!("expected {rows}"),
    }
}

/// The share as classes, since inline styles are forbidden: `h9 u4` for 94 %.
fn heat(percent: u8) -> String {
    let percent = percent.min(99);
    format!(" h{} u{}", percent / 10, percent % 10)
}

fn split(node: &Node) -> (String, String) {
    let (first, mut more): (Vec<Fact>, Vec<Fact>) = of_node(node).into_iter().partition(explains);
    let fact =
        |label: &str, value: Option<String>| value.map(|value| Fact { label: label.to_owned(), value });
    let cost = node.startup_cost.zip(node.total_cost);
    more.extend(
        [
            fact(
                "Cost",
                cost.map(|(first, all)| format!("{} to {}", number::short(first), number::short(all))),
            ),
            fact("Row Width", node.plan_width.map(|width| format!("{} bytes", number::rows(width)))),
            fact("First Row After", node.startup_ms.map(duration::exact)),
            fact("Schema", node.schema.clone()),
            fact("Output", output(node)),
        ]
        .into_iter()
        .flatten(),
    );
    (lines(&first), lines(&more))
}

fn lines(facts: &[Fact]) -> String {
    let lines: Vec<String> = facts.iter().map(|Fact { label, value }| format!("{label}: {value}")).collect();
    lines.join("\n")
}

fn explains(fact: &Fact) -> bool {
    let label = fact.label.as_str();
    let known = ["Sort Method", "Buffers", "Disk Usage", "Heap Fetches", "Lossy Heap Blocks", "Workers"];
    label.ends_with("Cond")
        || label.ends_with("Filter")
        || label.ends_with("Key")
        || label.starts_with("Rows Removed")
        || known.contains(&label)
        || (label == "Hash Batches" && fact.value != "1")
}
