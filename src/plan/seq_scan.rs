//! When reading a whole table is right: it is small, or most of it is wanted.

use super::describe;
use super::node::{Node, Plan};
use crate::text::number::rows;

/// From which size and selectivity on an index is worth it.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Up to so many rows a table is small.
    pub small_table: f64,
    /// A predicate that keeps less than this share, 0 to 1, is selective.
    pub selective: f64,
}

/// What a Seq Scan did, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Explained(String),
    Unexplained(String),
}

/// None for a scan that was never executed or not measured.
pub fn examine(plan: &Plan, scan: &Node, limits: Limits) -> Option<Finding> {
    if scan.never_executed() {
        return None;
    }
    // The loops of a parallel scan are its processes, which share the table; other loops each read all of it.
    let loops = if scan.flag("Parallel Aware") { scan.loops? } else { 1.0 };
    let found = scan.rows? * loops;
    let read = found + scan.number("Rows Removed by Filter").unwrap_or(0.0) * loops;
    let kept = wanted(plan, scan, found);
    let table = describe::object(scan).unwrap_or_else(|| "the table".to_owned());
    let reads = format!("it reads {} rows of {table}", rows(read));
    Some(if read <= limits.small_table {
        Finding::Explained(format!("Seq Scan is right: {reads}, too few for an index to be worth it"))
    } else if kept >= limits.selective * read {
        Finding::Explained(format!(
            "Seq Scan is right: {reads} and {:.0} % of them are wanted",
            100.0 * kept / read
        ))
    } else {
        Finding::Unexplained(format!("Seq Scan: {reads} for the {} that are wanted", rows(kept)))
    })
}

/// Rows that are still wanted once they are sorted and limited: `ORDER BY ... LIMIT 50` wants 50.
fn wanted(plan: &Plan, scan: &Node, found: f64) -> f64 {
    let passes = |node: &&Node| {
        matches!(
            node.node_type.as_str(),
            "Sort" | "Incremental Sort" | "Limit" | "Gather" | "Gather Merge" | "Result"
        )
    };
    let mut below = scan;
    let above = plan.ancestors(scan.id).take_while(|node| {
        let on = passes(node) && !below.is_init_plan() && below.relationship.as_deref() != Some("SubPlan");
        below = node;
        on
    });
    above.filter(|node| node.node_type == "Limit").filter_map(Node::all_rows).fold(found, f64::min)
}
