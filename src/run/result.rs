//! What a step of the worker leaves behind besides its output: findings, and what they were found in.

use super::reading::{Figure, Says, Unit};
use super::table::Table;
use crate::preflight::Lock;
use crate::runbook::{Id, Value};
use crate::verdict::{Finding, Verdict};
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
        /// Of the indexes that are there.
        #[serde(default)]
        uses: Vec<IndexUse>,
    },
    /// What a command has measured.
    Figures {
        figures: Vec<Figure>,
    },
    Rehearsal(Rehearsal),
}

/// The change and its ways back, as they went on a copy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Rehearsal {
    /// In the order they were carried out, up to the first that failed.
    pub steps: Vec<RehearsedStep>,
    /// What the copy said with the change in: the expected indexes as built from its rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built: Option<Says>,
    /// What was measured on the copy besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
}

/// A step as it went on the copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RehearsedStep {
    pub step: Id,
    pub title: String,
    /// The way back that it was a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Id>,
    pub ms: i64,
    pub verdict: Verdict,
    pub reason: String,
    /// Per table the strongest lock that keeps others from reading or writing, as far as looking ten times a second shows them. None:
    /// nobody could look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locks: Option<Vec<TableLock>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TableLock {
    /// With its schema.
    pub table: String,
    pub lock: Lock,
}

/// What an index is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct IndexUse {
    pub name: String,
    /// Scans since the verification ended, so without its own. None: it has not ended, or the counters were reset since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scans_since: Option<i64>,
    /// Another index that finds the same rows, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redundant: Option<String>,
    /// What would be lost by dropping it, in words.
    pub loses: String,
}

/// The most figures that one attempt leaves in the run.
const MOST_FIGURES: usize = 200;

impl StepResult {
    /// What of it the ledger of claims can take: `<query>.ms` (the fastest execution) and `<query>.pages` of an explain step, what a
    /// command has named, or `rehearsed.<step>.ms` and `rehearsed.indexes.bytes` of a rehearsal with what was measured on its copy.
    pub fn figures(&self) -> Vec<Figure> {
        let figures: Vec<Figure> = match &self.body {
            Body::Explain { queries, .. } => queries.iter().flat_map(Explained::figures).collect(),
            Body::Figures { figures } => figures.clone(),
            Body::Rehearsal(rehearsal) => rehearsal.figures(),
            _ => Vec::new(),
        };
        figures.into_iter().filter(|figure| figure.value.is_finite()).take(MOST_FIGURES).collect()
    }
}

impl Rehearsal {
    /// A step that was carried out several times counts with its longest.
    fn figures(&self) -> Vec<Figure> {
        let mut longest: BTreeMap<&Id, i64> = BTreeMap::new();
        for step in &self.steps {
            let ms = longest.entry(&step.step).or_default();
            *ms = step.ms.max(*ms);
        }
        let figure = |what: &str, value: i64, unit| Figure {
            name: format!("rehearsed.{what}"),
            value: value as f64,
            unit,
        };
        let times = longest.into_iter().map(|(step, ms)| figure(&format!("{step}.ms"), ms, Unit::Ms));
        let sizes = self.built.iter().map(|says| says.indexes.iter().filter_map(|index| index.bytes).sum());
        let sizes = sizes.map(|bytes| figure("indexes.bytes", bytes, Unit::Bytes));
        times.chain(sizes).chain(self.figures.iter().cloned()).collect()
    }
}

impl Explained {
    fn figures(&self) -> Vec<Figure> {
        let figure = |what, value, unit| Figure { name: format!("{}.{what}", self.id), value, unit };
        let pages = crate::plan::parse(&self.plan.to_string()).ok().and_then(|plan| plan.buffers());
        let ms = fastest(&self.times_ms).map(|ms| figure("ms", ms, Unit::Ms));
        ms.into_iter().chain(pages.map(|pages| figure("pages", pages, Unit::Count))).collect()
    }
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
