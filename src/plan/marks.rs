//! What of a node deserves a second look, in few words: work on disk, rows thrown away, workers that did not come.

use serde_json::Value;

use super::node::Node;
use crate::text::number::rows;

/// Rows thrown away are marked from this share on, as PEV2 does, where there are enough of them to matter.
const MOST: f64 = 0.5;
const MANY: f64 = 100.0;

/// Counters of rows that a node took and did not give, as averages per loop.
pub const REMOVED: [&str; 3] =
    ["Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck"];

/// None for most nodes, in the order in which they matter.
pub fn marks(node: &Node) -> Vec<String> {
    let marks = [on_disk(node), discards(node), heap_fetches(node), lossy(node), absent_workers(node)];
    marks.into_iter().flatten().collect()
}

/// The share, 0 to 1, of the rows a node looked at that one of the counters of [`REMOVED`] took away.
pub fn removed_share(node: &Node, counter: &str) -> Option<f64> {
    let seen: f64 = node.rows? + REMOVED.iter().filter_map(|name| node.number(name)).sum::<f64>();
    Some(node.number(counter)? / seen).filter(|share| share.is_finite())
}

/// A node that ran out of `work_mem`: a sort, a hash table, an aggregate, or rows kept for later.
fn on_disk(node: &Node) -> Option<String> {
    let more_than = |name: &str, least: f64| node.number(name).is_some_and(|n| n > least);
    let sorts = |fields: &Value| fields.get("Sort Space Type").is_some_and(|place| place == "Disk");
    let workers = node.all("Workers").filter_map(Value::as_array).flatten();
    if node.string("Sort Space Type") == Some("Disk") || workers.into_iter().any(sorts) {
        return Some("sorts on disk".to_owned());
    }
    if let Some(batches) = node.number("Hash Batches").filter(|batches| *batches > 1.0) {
        return Some(format!("hashes on disk, {} batches", rows(batches)));
    }
    let spilled = more_than("Disk Usage", 0.0) || more_than("HashAgg Batches", 1.0);
    (spilled || node.string("Storage") == Some("Disk")).then(|| "spills to disk".to_owned())
}

fn discards(node: &Node) -> Option<String> {
    let removed = REMOVED.iter().filter_map(|name| node.over_loops(name)).sum::<f64>();
    let share: f64 = REMOVED.iter().filter_map(|name| removed_share(node, name)).sum();
    (share >= MOST && removed >= MANY).then(|| format!("throws {} away", percent(share)))
}

/// An Index Only Scan that had to look into the table for most of its rows.
fn heap_fetches(node: &Node) -> Option<String> {
    let fetches = node.number("Heap Fetches").filter(|fetches| *fetches >= MANY)?;
    (fetches >= MOST * node.all_rows()?).then(|| "reads the table all the same".to_owned())
}

fn lossy(node: &Node) -> Option<String> {
    node.number("Lossy Heap Blocks").filter(|pages| *pages > 0.0).map(|_| "lossy bitmap".to_owned())
}

fn absent_workers(node: &Node) -> Option<String> {
    let (planned, launched) = (node.number("Workers Planned")?, node.number("Workers Launched")?);
    (launched < planned).then(|| format!("{} of {} workers", rows(launched), rows(planned)))
}

/// A share as people read it. All but all is not all: `99.99 %` of a million leaves a hundred.
pub fn percent(share: f64) -> String {
    match 100.0 * share {
        100.0 => "all".to_owned(),
        p if p > 99.0 && p < 100.0 => format!("{:.2} %", (p * 100.0).floor() / 100.0),
        p if p > 0.0 && p < 1.0 => "less than 1 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}
