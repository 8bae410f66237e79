//! What a step of the worker leaves behind besides its output: findings, and what they were found in.

use super::reading::Says;
use super::table::Table;
use crate::runbook::{Id, Value};
use crate::verdict::Finding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The content of a step's `result.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct StepResult {
    pub findings: Vec<Finding>,
    pub body: Body,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    Sql {
        statements: Vec<Statement>,
    },
    Query {
        table: Table,
    },
    Explain {
        queries: Vec<Explained>,
        /// Settings of the session that plans and times depend on, by name.
        #[serde(default)]
        settings: BTreeMap<String, String>,
    },
    Inventory {
        says: Says,
    },
}

/// A statement that was carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Statement {
    pub sql: String,
    pub rows_affected: u64,
    /// Wall time, with the way to the server.
    pub ms: f64,
}

/// A query's plan with what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Explained {
    pub id: Id,
    pub title: String,
    pub sql: String,
    /// The bound values, `$1` first.
    pub parameters: Vec<(Id, Value)>,
    /// The server's answer to EXPLAIN (FORMAT JSON) of the last repetition, as it came.
    pub plan: serde_json::Value,
    /// Execution Time of each repetition, in order.
    pub times_ms: Vec<f64>,
    /// Tables of the plan whose statistics were not fresh.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
    /// None: captured, not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// What it was compared with. Kept here whole, so that what is looked at is what was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
}

/// The same query in the step that is the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Baseline {
    /// As in [`Explained`].
    pub plan: serde_json::Value,
    pub times_ms: Vec<f64>,
}

/// Whatever disturbs a measurement makes it longer, so the shortest is the one that was disturbed least.
pub fn fastest(times_ms: &[f64]) -> Option<f64> {
    times_ms.iter().copied().reduce(f64::min)
}
