//! What a preflight has found, as pages, API and command line show it.

use super::Lock;
use crate::run::Ms;
use crate::run::reading::TargetFacts;
use crate::runbook::Id;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What there is of a preflight at this moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Looked {
    /// The last one that was done.
    pub report: Option<Arc<Report>>,
    /// The runbook's file has changed since.
    pub outdated: bool,
    /// One is being made since then.
    pub since: Option<Ms>,
}

/// One runbook version, looked at beside one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Report {
    pub runbook: Id,
    pub title: String,
    /// Of the runbook's file.
    pub sha256: String,
    pub target: Id,
    pub environment: String,
    /// None: the target did not answer, and a remark says why.
    pub facts: Option<TargetFacts>,
    pub at: Ms,
    pub took_ms: Ms,
    /// The worst first.
    pub remarks: Vec<Remark>,
    /// How many statements the server has prepared without a mistake.
    pub prepared: usize,
    pub tools: Vec<Tool>,
    /// What changes the target, step by step, in the runbook's order.
    pub parts: Vec<Part>,
    pub indexes: Vec<NewIndex>,
    pub plans: Plans,
}

impl Report {
    /// Fail: a run would fail or do harm. Inconclusive: something could not be looked at.
    pub fn verdict(&self) -> Verdict {
        match self.remarks.iter().map(|remark| remark.weight).min() {
            Some(Weight::Fail) => Verdict::Fail,
            Some(Weight::Unknown) => Verdict::Inconclusive,
            Some(Weight::Warn) | None => Verdict::Pass,
        }
    }

    pub fn count(&self, weight: Weight) -> usize {
        self.remarks.iter().filter(|remark| remark.weight == weight).count()
    }

    /// "2 failures, 1 not known, 3 warnings", or that there is nothing.
    pub fn sentence(&self) -> String {
        let told: Vec<String> = Weight::ALL
            .into_iter()
            .map(|weight| (self.count(weight), weight))
            .filter(|(n, _)| *n > 0)
            .map(|(n, weight)| format!("{n} {}", weight.counted(n)))
            .collect();
        if told.is_empty() { "nothing to remark".to_owned() } else { told.join(", ") }
    }

    /// Bytes of all new indexes by estimate.
    pub fn index_bytes(&self) -> u64 {
        self.indexes.iter().filter_map(|index| index.bytes).sum()
    }

    /// Sorts the worst to the front, and within that by place.
    pub fn sort(&mut self) {
        self.remarks.sort_by(|a, b| (a.weight, &a.place).cmp(&(b.weight, &b.place)));
    }
}

/// Building an index needs its own size, about as much again for sorting, and as much again in WAL.
pub const SPACE_FACTOR: u64 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Would fail, or do harm.
    Fail,
    /// Could not be looked at.
    Unknown,
    /// Works, and has a price or a risk that somebody should know.
    Warn,
}

impl Weight {
    pub const ALL: [Self; 3] = [Self::Fail, Self::Unknown, Self::Warn];

    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "not known",
            Self::Warn => "warning",
        }
    }

    fn counted(self, n: usize) -> &'static str {
        match (self, n) {
            (Self::Fail, 1) => "failure",
            (Self::Fail, _) => "failures",
            (Self::Unknown, _) => "not known",
            (Self::Warn, 1) => "warning",
            (Self::Warn, _) => "warnings",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Remark {
    pub weight: Weight,
    /// Name of the rule, for programs. Those of the SQL linter begin with `squawk/`.
    pub rule: String,
    pub place: Place,
    /// What it is about: a table, an index, a program, a statement.
    pub subject: String,
    /// What is so, in one sentence.
    pub reason: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Remark {
    pub fn new(
        weight: Weight,
        rule: &str,
        place: &Place,
        subject: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        let (place, subject, reason) = (place.clone(), subject.into(), reason.into());
        Self { weight, rule: rule.to_owned(), place, subject, reason, remedy: None }
    }

    pub fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

/// Where in the runbook's file. Line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// For instance `step upgrade`.
    pub part: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Tool {
    pub program: String,
    /// What it says of itself, where it is one that can be asked without risk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it was found on this machine; none where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// A step that may change the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Part {
    pub step: Id,
    pub title: String,
    /// The phase's title.
    pub phase: String,
    /// True on a way back.
    pub back: bool,
    /// What is started, or where the statements come from.
    pub runs: String,
    /// None: what this program sends to the database cannot be known beforehand.
    pub statements: Option<Vec<Statement>>,
}

/// A statement as it will be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Statement {
    pub sql: String,
    /// Tables that it locks, with their schemas.
    pub tables: Vec<String>,
    /// The strongest lock that it takes on them; none where it takes none, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// The lock is kept to the end of a transaction that began before this statement.
    pub until_commit: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewIndex {
    pub name: String,
    pub table: String,
    /// Estimated size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Why there is no estimate, or that it is there already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl NewIndex {
    /// It is to be built, and nobody knows how large it will be.
    pub fn is_unknown(&self) -> bool {
        self.bytes.is_none() && self.note.as_deref() != Some(Self::THERE)
    }

    /// The note on one that needs no building.
    pub const THERE: &str = "there already";
}

/// Plans as they would be with the new indexes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Plans {
    Asked {
        plans: Vec<Hoped>,
    },
    /// Why they are not known.
    NotAsked {
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Hoped {
    pub title: String,
    pub comes_true: bool,
    /// What the planner would do.
    pub planner: String,
}
