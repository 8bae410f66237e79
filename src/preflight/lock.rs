//! Table locks and what they keep others from. <https://www.postgresql.org/docs/current/explicit-locking.html>

use serde::{Deserialize, Serialize};

/// From the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Lock {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

impl Lock {
    /// As PostgreSQL's manual writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// What others cannot do meanwhile.
    pub fn blocks(self) -> &'static str {
        match self {
            Self::AccessShare | Self::RowShare => "nothing but DROP, ALTER and the like",
            Self::RowExclusive => "no reads or writes; plain CREATE INDEX and ALTER TABLE",
            Self::ShareUpdateExclusive => "no reads or writes; VACUUM, ANALYZE and other DDL",
            Self::Share => "writes",
            Self::ShareRowExclusive => "writes and other DDL",
            Self::Exclusive => "writes and SELECT FOR UPDATE",
            Self::AccessExclusive => "reads and writes",
        }
    }

    /// Whether the application's writes wait for it.
    pub fn blocks_writes(self) -> bool {
        self >= Self::Share
    }

    /// As `pg_locks` writes it: `ShareUpdateExclusiveLock`.
    pub fn of_mode(mode: &str) -> Option<Self> {
        Some(match mode.strip_suffix("Lock")? {
            "AccessShare" => Self::AccessShare,
            "RowShare" => Self::RowShare,
            "RowExclusive" => Self::RowExclusive,
            "ShareUpdateExclusive" => Self::ShareUpdateExclusive,
            "Share" => Self::Share,
            "ShareRowExclusive" => Self::ShareRowExclusive,
            "Exclusive" => Self::Exclusive,
            "AccessExclusive" => Self::AccessExclusive,
            _ => return None,
        })
    }

    pub fn blocks_reads(self) -> bool {
        self == Self::AccessExclusive
    }
}
