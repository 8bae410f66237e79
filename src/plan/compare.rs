//! Two plans of one statement side by side: which nodes are the same work, and how the whole changed.

use super::node::{Node, Plan};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub before: Option<usize>,
    pub after: Option<usize>,
}

/// Beyond so many pairs of nodes the two are shown as they are: lining them up would take longer than reading.
const MAX_PAIRS: usize = 4_000_000;

pub fn compare(before: &Plan, after: &Plan) -> Comparison {
    let (before_ms, after_ms) = (before.total_ms(), after.total_ms());
    let ratio = before_ms.zip(after_ms).and_then(|(before, after)| (after > 0.0).then_some(before / after));
    Comparison { before_ms, after_ms, ratio, rows: align(&before.nodes, &after.nodes) }
}

/// The alignment of two sequences with the greatest sum of likeness (Needleman and Wunsch, 1970; gaps are free).
fn align(before: &[Node], after: &[Node]) -> Vec<Row> {
    let width = after.len() + 1;
    if before.len().saturating_mul(after.len()) > MAX_PAIRS {
        let one_by_one = (0..before.len().max(after.len())).map(|id| Row {
            before: (id < before.len()).then_some(id),
            after: (id < after.len()).then_some(id),
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
            rows.push(Row { before: Some(i), after: Some(j) });
            (i, j) = (i + 1, j + 1);
        } else if i < before.len() && here == best[(i + 1) * width + j] {
            rows.push(Row { before: Some(i), after: None });
            i += 1;
        } else {
            rows.push(Row { before: None, after: Some(j) });
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
