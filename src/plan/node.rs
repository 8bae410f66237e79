//! A plan as PostgreSQL 12 to 18 report it. Every field is optional and every number an f64, since what is
//! reported differs by version and options, and rows are decimals since 18.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Field name and value, in the order in which the server gave them.
pub type Fields = Vec<(String, Value)>;

/// One statement's plan. The nodes stand in pre-order: a node's subtree follows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub nodes: Vec<Node>,
    pub planning_ms: Option<f64>,
    pub execution_ms: Option<f64>,
    /// Settings that differ from their defaults (option SETTINGS).
    pub settings: Fields,
    /// Everything else beside the tree: JIT, triggers, buffers of planning, query identifier, the unknown.
    pub extra: Fields,
}

/// One node. Times in ms and rows are averages over `loops`, as the server gives them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Position in [`Plan::nodes`].
    pub id: usize,
    pub parent: Option<usize>,
    pub depth: usize,
    pub node_type: String,
    /// Outer, Inner, Member, Subquery, SubPlan or InitPlan.
    pub relationship: Option<String>,
    /// `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE name`.
    pub subplan: Option<String>,
    pub schema: Option<String>,
    pub relation: Option<String>,
    pub alias: Option<String>,
    pub index: Option<String>,
    pub cte: Option<String>,
    pub startup_cost: Option<f64>,
    pub total_cost: Option<f64>,
    pub plan_rows: Option<f64>,
    pub plan_width: Option<f64>,
    pub startup_ms: Option<f64>,
    pub total_ms: Option<f64>,
    pub rows: Option<f64>,
    pub loops: Option<f64>,
    /// Everything else, known or not.
    pub fields: Fields,
}

impl Plan {
    /// True when the statement was executed (option ANALYZE).
    pub fn is_measured(&self) -> bool {
        self.nodes.first().is_some_and(|root| root.loops.is_some())
    }

    /// Wall time of the execution in ms: the server's figure, or the root's own.
    pub fn total_ms(&self) -> Option<f64> {
        self.execution_ms.or_else(|| self.nodes.first().and_then(|root| root.total_ms))
    }

    /// Pages read by the execution, found in shared buffers or not.
    pub fn buffers(&self) -> Option<f64> {
        let root = self.nodes.first()?;
        Some(root.number("Shared Hit Blocks")? + root.number("Shared Read Blocks").unwrap_or(0.0))
    }

    pub fn children(&self, id: usize) -> impl Iterator<Item = &Node> {
        self.subtree(id).iter().filter(move |node| node.parent == Some(id))
    }

    /// The node and all below it.
    pub fn subtree(&self, id: usize) -> &[Node] {
        self.nodes.get(self.range(id)).unwrap_or_default()
    }

    /// The ids of the node and of all below it.
    pub fn range(&self, id: usize) -> Range<usize> {
        let Some((node, rest)) = self.nodes.get(id..).and_then(<[Node]>::split_first) else { return id..id };
        let below = rest.iter().take_while(|other| other.depth > node.depth).count();
        id..id + 1 + below
    }

    /// How far the estimate was off, at least 1, with true when more rows came than were expected. Both sides
    /// count as at least one row, as the planner itself counts. None for a node that a Limit stopped early.
    pub fn misestimate(&self, id: usize) -> Option<(f64, bool)> {
        let node = self.nodes.get(id)?;
        let (rows, planned) = (node.rows?.max(1.0), node.plan_rows?.max(1.0));
        if rows >= planned {
            return Some((rows / planned, true)).filter(|_| !node.never_executed());
        }
        let reads_all = |node: &&Node| {
            matches!(
                node.node_type.as_str(),
                "Sort" | "Hash" | "Aggregate" | "Bitmap Heap Scan" | "Materialize" | "SetOp"
            )
        };
        let above = || self.ancestors(id);
        let full = above().position(|node| reads_all(&node)).unwrap_or(usize::MAX);
        let limit = above().position(|node| node.node_type == "Limit").unwrap_or(usize::MAX);
        (!node.never_executed() && full <= limit).then_some((planned / rows, false))
    }

    /// From the node's parent up to the root.
    pub fn ancestors(&self, id: usize) -> impl Iterator<Item = &Node> {
        let parent = |node: &&Node| node.parent.and_then(|id| self.nodes.get(id));
        std::iter::successors(self.nodes.get(id).as_ref().and_then(parent), parent)
    }
}

impl Node {
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Every value of that name: PostgreSQL before 13 repeats `Workers`.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value)
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        self.field(name)?.as_f64()
    }

    pub fn string(&self, name: &str) -> Option<&str> {
        self.field(name)?.as_str()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.field(name) == Some(&Value::Bool(true))
    }

    /// Rows over all loops and processes.
    pub fn all_rows(&self) -> Option<f64> {
        Some(self.rows? * self.loops?)
    }

    /// A counter that the server gives as an average per loop, over all loops.
    pub fn over_loops(&self, name: &str) -> Option<f64> {
        Some(self.number(name)? * self.loops?)
    }

    /// Planned, and then not needed.
    pub fn never_executed(&self) -> bool {
        self.loops == Some(0.0)
    }

    /// Executed once for its value or as a CTE, wherever it is first needed: not where it hangs in the tree.
    pub fn is_init_plan(&self) -> bool {
        self.relationship.as_deref() == Some("InitPlan")
    }
}
