//! What a result must be: rows of a query, the plan of a SELECT. The judging of plans is in `crate::plan`.

use super::Value;
use serde::{Deserialize, Serialize};

/// On the rows of a query. Every part that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expect {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_rows: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rows: Option<u64>,
    /// Must hold in every row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub every: Vec<Check>,
}

impl Expect {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub column: String,
    pub is: Comparison,
    pub value: Value,
    /// What it means when it does not hold. NULL never holds and is always inconclusive: what cannot be seen is not judged.
    #[serde(default)]
    pub otherwise: Otherwise,
    /// The sentence to show then; without it one is made of the column and the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub enum Comparison {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "<>")]
    NotEqual,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    More,
    #[serde(rename = ">=")]
    AtLeast,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    #[default]
    Fail,
    Inconclusive,
}

/// On the plan of a SELECT. It names indexes and budgets, never text of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanExpect {
    /// Any of these, by an Index Scan, Index Only Scan or Bitmap Index Scan in either direction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<String>,
    /// Fewer rows than this prove nothing: inconclusive. Without it 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_rows: Option<u64>,
    /// A Seq Scan is explained, not failed, where it reads a table of at most this many rows. Without it 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub small_table_rows: Option<u64>,
    /// A Seq Scan is explained where the predicate keeps at least this share (0 to 1) of the rows. Without it 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unselective_share: Option<f64>,
    /// No Sort node.
    #[serde(default)]
    pub no_sort: bool,
    /// Execution time of the fastest repetition, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ms: Option<f64>,
    /// Shared blocks hit and read by the whole plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_blocks: Option<u64>,
}
