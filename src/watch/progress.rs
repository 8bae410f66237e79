//! How far builds and copies have come. Each phase of a build is counted by itself: the bar of PostgreSQL starts anew with every phase,
//! so one percentage over all would lie. <https://www.postgresql.org/docs/current/progress-reporting.html>

use crate::text::number::grouped;
use crate::text::size;
use serde::{Deserialize, Serialize};

/// A row of `pg_stat_progress_create_index`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Build {
    pub pid: i32,
    /// `CREATE INDEX`, `CREATE INDEX CONCURRENTLY`, `REINDEX`, `REINDEX CONCURRENTLY`.
    pub command: String,
    pub phase: String,
    pub table: String,
    /// None while a plain CREATE INDEX builds it.
    pub index: Option<String>,
    pub lockers: Done,
    pub blocks: Done,
    pub tuples: Done,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Done {
    pub done: i64,
    pub of: i64,
}

/// A row of `pg_stat_progress_copy` (PostgreSQL 14 and later): what pg_dump and pg_restore are at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Copied {
    pub pid: i32,
    /// `COPY TO` or `COPY FROM`.
    pub command: String,
    pub table: String,
    pub tuples: i64,
    /// Rows of the table by its statistics; none where they were never gathered.
    pub estimate: Option<i64>,
    pub bytes: i64,
}

impl Build {
    /// What this phase counts, and in what; none where it counts nothing.
    pub fn counted(&self) -> Option<(Done, &'static str)> {
        let waits = self.phase.starts_with("waiting for");
        let counts = [(self.lockers, "transactions"), (self.blocks, "blocks"), (self.tuples, "rows")];
        let fits = |(done, unit): &(Done, &str)| done.of > 0 && waits == (*unit == "transactions");
        counts.into_iter().find(fits)
    }

    /// What the phase means for an operator.
    pub fn meaning(&self) -> &'static str {
        match self.phase.as_str() {
            "initializing" => "It is getting ready.",
            "waiting for writers before build" => {
                "It waits for transactions that have written to the table to end."
            }
            "waiting for writers before validation" => {
                "Built. It waits once more for transactions that write to the table."
            }
            "waiting for old snapshots" => {
                "Built and checked. It waits for transactions that began before, on whatever table."
            }
            "waiting for readers before marking dead" | "waiting for readers before dropping" => {
                "It waits for transactions that still use the old index."
            }
            phase if phase.starts_with("index validation") => {
                "It adds the rows that came while it was built."
            }
            phase if phase.starts_with("building index") => "It reads the table and writes the index.",
            _ => "",
        }
    }

    /// "1,200 of 4,000 blocks".
    pub fn counted_words(&self) -> Option<String> {
        self.counted().map(|(done, unit)| format!("{} of {} {unit}", count(done.done), count(done.of)))
    }
}

impl Copied {
    pub fn words(&self) -> String {
        let verb = if self.command == "COPY FROM" { "loading" } else { "reading" };
        let of = self.estimate.map(|of| format!(" of about {}", count(of))).unwrap_or_default();
        let bytes = size::bytes(u64::try_from(self.bytes).unwrap_or(0));
        format!("{verb} {}: {}{of} rows, {bytes}", self.table, count(self.tuples))
    }
}

fn count(n: i64) -> String {
    grouped(u64::try_from(n).unwrap_or(0))
}
