//! Two plans of one statement side by side: which nodes are the same work, how each of them changed, and the whole.

use super::node::{Node, Plan};
use super::slower::beyond;
use super::times::{Time, times};
use crate::text::number;

/// Before and after. Rows are in display order: each plan's nodes in their own pre-order, matched ones together.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// In words; see [`change`]. None where either was not measured.
    pub change: Option<String>,
    pub rows: Vec<Row>,
}

/// Ids of the nodes that stand beside each other; one of them may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub before: Option<usize>,
    pub after: Option<usize>,
    /// How the node's own time changed, in words. None where it is too small a part of both to mean anything.
    pub change: Option<String>,
}

/// A node's own time counts from this share of its plan's on, on either side.
const MATTERS: f64 = 0.05;

/// Beyond so many pairs of nodes the two are shown as they are: lining them up would take longer than reading.
const MAX_PAIRS: usize = 4_000_000;

pub fn compare(before: &Plan, after: &Plan) -> Comparison {
    let (old, new) = (times(before), times(after));
    let mut rows = align(&before.nodes, &after.nodes);
    for row in &mut rows {
        row.change = row.before.zip(row.after).and_then(|(a, b)| node_change((&old, a), (&new, b)));
    }
    let totals = before.total_ms().zip(after.total_ms());
    Comparison { change: totals.map(|(before, after)| change(before, after)), rows }
}

/// `203 × faster`. What lies within the noise of measuring is no change.
pub fn change(before_ms: f64, after_ms: f64) -> String {
    if beyond(before_ms, after_ms) && after_ms > 0.0 {
        format!("{} × faster", number::factor(before_ms / after_ms))
    } else if beyond(after_ms, before_ms) && before_ms > 0.0 {
        format!("{} × slower", number::factor(after_ms / before_ms))
    } else {
        "about as fast as before".to_owned()
    }
}

fn node_change((old, a): (&[Option<Time>], usize), (new, b): (&[Option<Time>], usize)) -> Option<String> {
    let (before, after) = (old[a]?.exclusive_ms, new[b]?.exclusive_ms);
    let matters =
        |ms: f64, all: &[Option<Time>]| ms >= MATTERS * all[0].map_or(f64::MAX, |root| root.inclusive_ms);
    let counts = before > 0.0 && after > 0.0 && (matters(before, old) || matters(after, new));
    counts.then(|| change(before, after))
}

/// The alignment of two sequences with the greatest sum of likeness (Needleman and Wunsch, 1970; gaps are free).
fn align(before: &[Node], after: &[Node]) -> Vec<Row> {
    let width = after.len() + 1;
    if before.len().saturating_mul(after.len()) > MAX_PAIRS {
        let one_by_one = (0..before.len().max(after.len())).map(|id| Row {
            before: (id < before.len()).then_some(id),
            after: (id < after.len()).then_some(id),
            change: None,
        });
        return one_by_one.collect();
    }
    // best[i * width + j]: the best sum for what follows from node i and node j on.
    let mut best = vec![0u32; (before.len() + 1) * width];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            let skip = best[(i + 1) * width + j].max(best[i * width + j + 1]);
            let like = likeness(&before[i], &after[j]);
            let pair = if like > 0 { best[(i + 1) * width + j + 1] + like } else { 0 };
            best[i * width + j] = skip.max(pair);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut rows = Vec::new();
    while i < before.len() || j < after.len() {
        let here = best[i * width + j];
        let like = before.get(i).zip(after.get(j)).map_or(0, |(a, b)| likeness(a, b));
        if like > 0 && here == best[(i + 1) * width + j + 1] + like {
            rows.push(Row { before: Some(i), after: Some(j), change: None });
            (i, j) = (i + 1, j + 1);
        } else if i < before.len() && here == best[(i + 1) * width + j] {
            rows.push(Row { before: Some(i), after: None, change: None });
            i += 1;
        } else {
            rows.push(Row { before: None, after: Some(j), change: None });
            j += 1;
        }
    }
    rows
}

/// How much two nodes are the same work: reading one table is, whatever the way to its rows.
fn likeness(a: &Node, b: &Node) -> u32 {
    let same_type = a.node_type == b.node_type;
    let close = u32::from(a.depth == b.depth) + u32::from(a.relationship == b.relationship);
    match (&a.relation, &b.relation) {
        (Some(x), Some(y)) if x == y => {
            8 + 2 * u32::from(a.alias == b.alias) + 4 * u32::from(same_type) + close
        }
        (None, None) if same_type && a.index.is_some() => 4 + 4 * u32::from(a.index == b.index) + close,
        (None, None) if same_type => 6 + close,
        (None, None) if is_join(a) && is_join(b) => 3 + close,
        _ => 0,
    }
}

fn is_join(node: &Node) -> bool {
    matches!(node.node_type.as_str(), "Nested Loop" | "Hash Join" | "Merge Join")
}
