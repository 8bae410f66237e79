//! What a step does: a program, statements, a query, plans, an inventory, a rehearsal, a remedy.

use super::{Expect, Id, Leaves, PlanExpect, Rehearse, Remedy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Command(Command),
    Sql(Sql),
    Query(Query),
    Explain(Explain),
    Inventory(Inventory),
    Rehearse(Box<Rehearse>),
    Remedy(Remedy),
}

/// A program, started without a shell. Figures for the ledger of claims it leaves in the file that `KNEEBOARD_RESULT` names. It finds the target through libpq's environment (`PGHOST`, `PGDATABASE`, ...) and the run's own
/// directory for files through `KNEEBOARD_ARTIFACTS`; the text `{artifacts}` in an argument or a value stands for that directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Command {
    pub argv: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Working directory, relative to the runbook's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Exit codes that count as success.
    #[serde(default = "zero", skip_serializing_if = "is_zero")]
    pub accept_exit: Vec<i32>,
}

fn zero() -> Vec<i32> {
    vec![0]
}

fn is_zero(codes: &Vec<i32>) -> bool {
    *codes == [0]
}

/// Statements, each sent by itself; the first error ends the step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sql {
    pub statements: Vec<String>,
    /// All of them in one transaction. Not for CONCURRENTLY, VACUUM and the like.
    #[serde(default)]
    pub transaction: bool,
}

/// One SELECT in a READ ONLY transaction, shown as a table and judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Query {
    pub sql: String,
    /// Parameters bound as `$1`, `$2`, ...
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bind: Vec<Id>,
    #[serde(default, skip_serializing_if = "Expect::is_empty")]
    pub expect: Expect,
}

/// Plans of SELECTs, taken with ANALYZE in a READ ONLY transaction that is rolled back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Explain {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<ExplainQuery>,
    /// Written instead of `queries`: the explain step whose queries these are. Their plans are captured here, judged there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queries_of: Option<Id>,
    /// How often each is executed after once to warm up; the last plan is kept, all times are. Where nothing but time speaks against a
    /// plan, it is executed more often.
    #[serde(default = "five")]
    pub repetitions: u8,
    /// An earlier explain step whose plans of the same ids these are compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Id>,
}

fn five() -> u8 {
    5
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExplainQuery {
    pub id: Id,
    pub title: String,
    pub sql: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bind: Vec<Id>,
    /// None: the plan is captured, not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<PlanExpect>,
}

/// The expected indexes against those that are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    pub expect: Leaves,
}

impl Action {
    /// The word for it on pages and in logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Command(_) => "command",
            Self::Sql(_) => "sql",
            Self::Query(_) => "query",
            Self::Explain(_) => "explain",
            Self::Inventory(_) => "index inventory",
            Self::Rehearse(_) => "rehearsal",
            Self::Remedy(_) => "remedy",
        }
    }
}
