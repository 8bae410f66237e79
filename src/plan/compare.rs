//! Two plans of one statement side by side: which nodes are the same work, how each of them changed, and the whole.

use super::node::{Node, Plan};
use super::times::{Time, times};
use crate::text::number;

/// Before and after. Rows are in display order: each plan's nodes in their own pre-order, matched ones together.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub before_ms: Option<f64>,
    pub after_ms: Option<f64>,
    /// How many times faster the second is; below 1 it is slower. None where either was not measured.
    pub ratio: Option<f64>,
    pub rows: Vec<Row>,
}

/// Ids of the nodes that stand beside each other; one of them may be missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    pub before: Option<usize>,
    pub after: Option<usize>,
    /// How many times faster the node itself became; below 1 it is slower. None where the time of both is too
    /// small a part of the whole to mean anything.
    pub ratio: Option<f64>,
}

/// A node's own time counts from this share of its plan's on, on either side.
const MATTERS: f64 = 0.05;

/// Beyond so many pairs of nodes the two are shown as they are: lining them up would take longer than reading.
const MAX_PAIRS: usize = 4_000_000;

pub fn compare(before: &Plan, after: &Plan) -> Comparison {
    let (before_ms, after_ms) = (before.total_ms(), after.total_ms());
    let ratio = ratio(before_ms, after_ms);
    let (old, new) = (times(before), times(after));
    let mut rows = align(&before.nodes, &after.nodes);
    for row in &mut rows {
        row.ratio = row.before.zip(row.after).and_then(|(a, b)| node_ratio((&old, a), (&new, b)));
    }
    Comparison { before_ms, after_ms, ratio, rows }
}

fn node_ratio((old, a): (&[Option<Time>], usize), (new, b): (&[Option<Time>], usize)) -> Option<f64> {
    let (before, after) = (old[a]?.exclusive_ms, new[b]?.exclusive_ms);
    let matters =
        |ms: f64, times: &[Option<Time>]| ms >= MATTERS * times[0].map_or(f64::MAX, |root| root.inclusive_ms);
    let both = before > 0.0 && after > 0.0;
    (both && (matters(before, old) || matters(after, new))).then_some(before / after)
}

/// How many times faster the second is. None where either was not measured.
pub fn ratio(before_ms: Option<f64>, after_ms: Option<f64>) -> Option<f64> {
    before_ms.zip(after_ms).filter(|(_, after)| *after > 0.0).map(|(before, after)| before / after)
}

/// A ratio in words: `203 × faster`.
pub fn faster(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 1.05 => format!("{} × faster", number::factor(ratio)),
        ratio if ratio > 0.0 && ratio <= 0.95 => format!("{} × slower", number::factor(1.0 / ratio)),
        _ => "as fast as before".to_owned(),
    }
}

/// The alignment of two sequences with the greatest sum of likeness (Needleman and Wunsch, 1970; gaps are free).
fn align(before: &[Node], after: &[Node]) -> Vec<Row> {
    let width = after.len() + 1;
    if before.len().saturating_mul(after.len()) > MAX_PAIRS {
        let one_by_one = (0..before.len().max(after.len())).map(|id| Row {
            before: (id < before.len()).then_some(id),
            after: (id < after.len()).then_some(id),
            ratio: None,
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
            rows.push(Row { before: Some(i), after: Some(j), ratio: None });
            (i, j) = (i + 1, j + 1);
        } else if i < before.len() && here == best[(i + 1) * width + j] {
            rows.push(Row { before: Some(i), after: None, ratio: None });
            i += 1;
        } else {
            rows.push(Row { before: None, after: Some(j), ratio: None });
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
