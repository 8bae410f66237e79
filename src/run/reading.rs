//! What the target and the steps yield: a reading of the database, the end of a process, checks with their verdicts.

use super::{Ms, writes::Writes};
use crate::runbook::{Database, Id, Leaves};
pub use crate::verdict::{Finding, Verdict, worst};
use serde::{Deserialize, Serialize};

/// What the database says, or why it could not be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Reading {
    Says(Says),
    Unreachable { at: Ms, error: String },
}

impl Reading {
    /// Where the target stands, or why nobody knows.
    pub fn sentence(&self) -> String {
        match self {
            Self::Says(says) if says.indexes.is_empty() => format!("revision {}", says.revisions.join(", ")),
            Self::Says(says) => {
                format!("revision {}; indexes: {}", says.revisions.join(", "), says.index_sentence())
            }
            Self::Unreachable { error, .. } => format!("it could not be read: {error}"),
        }
    }

    pub fn at(&self) -> Ms {
        match self {
            Self::Says(says) => says.at,
            Self::Unreachable { at, .. } => *at,
        }
    }
}

/// One look at the part of the database that a runbook changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Says {
    pub at: Ms,
    /// All rows of the revision table; none where the table is missing or the runbook names no revision.
    pub revisions: Vec<String>,
    /// In the runbook's order.
    pub indexes: Vec<IndexSays>,
    /// Indexes of the schema that the runbook does not name, which are not valid and which nobody is building.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strays: Vec<Stray>,
    /// Foreign keys, views and functions of other schemas that depend on this one, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependants: Vec<String>,
    /// None in readings of an older console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes: Option<Writes>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct IndexSays {
    pub name: String,
    pub table: String,
    pub state: IndexState,
    /// `pg_get_indexdef`, where an index of that name exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// `pg_relation_size` in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,
    /// `idx_scan`: how often it was read since the server's counters were reset, by whomever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scans: Option<i64>,
    /// The constraint that it belongs to, and goes with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
}

/// An index that costs every write and serves no query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Stray {
    pub name: String,
    pub table: String,
    pub definition: String,
}

impl Stray {
    /// True where REINDEX CONCURRENTLY of an index of the runbook was interrupted and left this: `<index>_ccnew` or `_ccold`, with a
    /// number where that name was taken (PostgreSQL's manual, REINDEX).
    pub fn is_left_by_rebuild(&self, database: &Database) -> bool {
        let name = self.name.trim_end_matches(|c: char| c.is_ascii_digit());
        let base = name.strip_suffix("_ccnew").or_else(|| name.strip_suffix("_ccold"));
        base.is_some_and(|base| database.indexes.iter().any(|index| index.name == base))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IndexState {
    Ok,
    /// Not valid now, and a session is building it.
    Building,
    Missing,
    /// Left behind by an interrupted build: costs writes, is never read.
    Invalid,
    /// Valid, with another definition than the expected one.
    Different,
    /// The name belongs to something that is no index.
    NameTaken,
}

impl IndexState {
    pub const ALL: [Self; 6] =
        [Self::Ok, Self::Building, Self::Missing, Self::Invalid, Self::Different, Self::NameTaken];

    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Building => "building",
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Different => "different",
            Self::NameTaken => "name taken",
        }
    }
}

impl Says {
    /// Whether both say the same of what the runbook changes: counters and sizes go on by themselves.
    pub fn agrees(&self, other: &Self) -> bool {
        let states = |says: &Self| -> Vec<_> {
            says.indexes
                .iter()
                .map(|index| (index.name.clone(), index.state, index.definition.clone()))
                .collect()
        };
        (&self.revisions, &self.strays, &self.dependants)
            == (&other.revisions, &other.strays, &other.dependants)
            && states(self) == states(other)
    }

    pub fn index(&self, name: &str) -> Option<&IndexSays> {
        self.indexes.iter().find(|index| index.name == name)
    }

    pub fn count(&self, state: IndexState) -> usize {
        self.indexes.iter().filter(|index| index.state == state).count()
    }

    /// "13 ok, 1 building, 6 missing": only the states that occur, `ok` always.
    pub fn index_sentence(&self) -> String {
        let words = IndexState::ALL.into_iter().map(|state| (self.count(state), state));
        let words = words.filter(|(n, state)| *n > 0 || *state == IndexState::Ok);
        words.map(|(n, state)| format!("{n} {}", state.word())).collect::<Vec<_>>().join(", ")
    }

    /// Whether the database is in that state, and what it says in one sentence.
    pub fn compare(&self, database: &Database, leaves: Leaves) -> (bool, String) {
        let wanted = match leaves {
            Leaves::Applied => IndexState::Ok,
            Leaves::Reverted => IndexState::Missing,
        };
        let indexes_fit = self.indexes.iter().all(|index| index.state == wanted);
        let mut sentence = Vec::new();
        let mut revision_fits = true;
        if let Some(revision) = &database.revision {
            let expected = if leaves == Leaves::Applied { &revision.after } else { &revision.before };
            revision_fits = self.revisions == [expected.clone()];
            let came = match self.revisions.as_slice() {
                [] => "no revision".to_owned(),
                [one] => format!("revision {one}"),
                many => format!("{} revisions ({})", many.len(), many.join(", ")),
            };
            sentence.push(if revision_fits { came } else { format!("{came} instead of {expected}") });
        }
        if !self.indexes.is_empty() {
            sentence.push(format!("of {} indexes {}", self.indexes.len(), self.index_sentence()));
        }
        (indexes_fit && revision_fits, sentence.join("; "))
    }
}

/// How the process of an attempt ended. It mirrors the shim's exit record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Outcome {
    Exited {
        code: i32,
    },
    Signalled {
        signal: String,
    },
    /// The step's timeout struck; the process was interrupted, terminated or killed.
    TimedOut {
        after_ms: i64,
    },
    /// The program could not be started.
    NotStarted {
        error: String,
    },
}

impl Outcome {
    /// Ended by itself with exit code 0.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Exited { code: 0 })
    }

    pub fn sentence(&self) -> String {
        match self {
            Self::Exited { code } => format!("exit code {code}"),
            Self::Signalled { signal } => format!("ended by signal {signal}"),
            Self::TimedOut { after_ms } => {
                format!("stopped at its timeout after {}", crate::text::duration::words(*after_ms))
            }
            Self::NotStarted { error } => format!("not started: {error}"),
        }
    }
}

/// What a step has shown, besides how its process ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct StepFindings {
    pub findings: Vec<Finding>,
    /// What was measured, for the ledger of claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// SHA-256 of the full result file, so that the evidence can be checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_sha256: Option<String>,
}

/// Something measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Ms,
    Bytes,
    Percent,
    Count,
}

/// A target as it was when the run started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TargetFacts {
    /// Its name in the console's configuration.
    pub name: Id,
    /// `production`, `staging`, ...: a word of the configuration.
    pub environment: String,
    pub host: String,
    pub database: String,
    pub user: String,
    /// `server_version`, for instance `15.18`.
    pub server_version: String,
    /// `pg_control_system().system_identifier`, where the role may ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_identifier: Option<String>,
    /// Whether what changes it takes a second factor, as the configuration says; without a word, production does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up: Option<bool>,
}

impl TargetFacts {
    pub fn asks_step_up(&self) -> bool {
        self.step_up.unwrap_or(self.is_production())
    }

    pub fn is_production(&self) -> bool {
        is_production(&self.environment)
    }
}

/// Whether this word of the configuration means the real thing.
pub fn is_production(environment: &str) -> bool {
    matches!(environment.to_ascii_lowercase().as_str(), "production" | "prod" | "live")
}
