//! The tree for scripts: what `kneeboard plan FILE --json` prints.

use serde::Serialize;

use super::node::Plan;
use super::times::times;

/// `{"nodes": [...]}`, in pre-order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Nodes {
    pub nodes: Vec<Entry>,
}

/// One node. Times are milliseconds of wall time over all loops; rows and loops as the server gives them, rows
/// as an average per loop; null where it was not measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    pub id: usize,
    pub parent: Option<usize>,
    pub node_type: String,
    pub relation: Option<String>,
    pub index: Option<String>,
    pub inclusive_ms: Option<f64>,
    pub exclusive_ms: Option<f64>,
    pub rows: Option<f64>,
    pub plan_rows: Option<f64>,
    pub loops: Option<f64>,
}

pub fn nodes(plan: &Plan) -> Nodes {
    let entry = |(node, time): (&super::Node, Option<super::times::Time>)| Entry {
        id: node.id,
        parent: node.parent,
        node_type: node.node_type.clone(),
        relation: node.relation.clone(),
        index: node.index.clone(),
        inclusive_ms: time.map(|time| microseconds(time.inclusive_ms)),
        exclusive_ms: time.map(|time| microseconds(time.exclusive_ms)),
        rows: node.rows,
        plan_rows: node.plan_rows,
        loops: node.loops,
    };
    Nodes { nodes: plan.nodes.iter().zip(times(plan)).map(entry).collect() }
}

/// Binary fractions left by adding up are nobody's measurement.
fn microseconds(ms: f64) -> f64 {
    (ms * 1_000_000.0).round() / 1_000_000.0
}
