//! What PostgreSQL has counted about a runbook's part of a database up to one moment. A counter only grows, until it is reset or the
//! object is made anew. The names follow <https://www.postgresql.org/docs/current/monitoring-stats.html>.

use crate::run::Ms;
use serde::{Deserialize, Serialize};

/// What was asked for, or why the role cannot see it and what would change that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Seen<T> {
    Seen(T),
    Unseen { why: String, remedy: String },
}

impl<T> Seen<T> {
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Seen<U> {
        match self {
            Self::Seen(seen) => Seen::Seen(make(seen)),
            Self::Unseen { why, remedy } => Seen::Unseen { why, remedy },
        }
    }

    pub fn as_ref(&self) -> Seen<&T> {
        match self {
            Self::Seen(seen) => Seen::Seen(seen),
            Self::Unseen { why, remedy } => Seen::Unseen { why: why.clone(), remedy: remedy.clone() },
        }
    }

    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::Unseen { .. } => None,
        }
    }
}

/// One reading of the counters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Clock of the target, which its other times are by.
    pub at: Ms,
    /// When the statistics of the whole database were last reset; none where never.
    pub reset: Option<Ms>,
    pub tables: Vec<Table>,
    pub indexes: Vec<Index>,
    pub statements: Seen<Vec<Statement>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Table {
    pub name: String,
    #[serde(flatten)]
    pub traffic: Traffic,
    /// Estimates of the statistics.
    pub rows: i64,
    pub dead_rows: i64,
    pub changed_since_analyze: i64,
    /// By autovacuum or by hand, whichever was later.
    pub vacuumed: Option<Ms>,
    pub analyzed: Option<Ms>,
    /// Bytes with TOAST, without indexes; none where the table was locked.
    pub heap_bytes: Option<i64>,
    pub index_bytes: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Traffic {
    pub seq_scans: i64,
    pub seq_rows: i64,
    pub index_scans: i64,
    pub inserted: i64,
    pub updated: i64,
    /// Of those updated, without a new entry in any index.
    pub hot_updated: i64,
    pub deleted: i64,
}

impl Traffic {
    /// Rows inserted, updated and deleted.
    pub fn written(&self) -> i64 {
        self.inserted + self.updated + self.deleted
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Index {
    pub name: String,
    pub table: String,
    #[serde(flatten)]
    pub scans: Scans,
    /// PostgreSQL 16 and newer.
    pub last_scan: Option<Ms>,
    pub bytes: Option<i64>,
    /// Valid, ready and live.
    pub whole: bool,
    /// It enforces something, whether it is read or not.
    pub unique: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Scans {
    pub scans: i64,
    pub rows_read: i64,
    pub rows_fetched: i64,
}

/// A statement of pg_stat_statements, over all roles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    pub id: i64,
    pub calls: i64,
    pub total_ms: f64,
    /// PostgreSQL 17 and newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Ms>,
    /// On one line, cut; empty where it is kept only to be compared with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// What pgstatindex measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Bloat {
    /// Clock of the console.
    pub at: Ms,
    pub leaves: Vec<Leaf>,
    /// B-trees that were too large to be read for a page.
    pub unread: Vec<String>,
}

/// The leaf pages of a b-tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Leaf {
    pub index: String,
    pub bytes: i64,
    /// Percent of the leaf pages that is filled. A b-tree that was just built has 90, an empty one none.
    pub density: Option<f64>,
}
