//! From where a figure is a warning, by the runbook's limits, and what is said of it in one sentence.

use super::counters::{Leaf, Table};
use super::since::{IndexSince, Since, StatementSince, TableSince};
use crate::run::Ms;
use crate::runbook::Aftercare;
use crate::text::{duration, number, size};
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Calm,
    /// Too little was counted to say.
    Open,
    Warning,
    Critical,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Open => "too little to judge",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// A level and its reason.
pub type Judged = (Level, String);

/// Fewer scans than this say nothing about a share of them.
const FEWEST_SCANS: i64 = 100;

pub fn statement(limits: &Aftercare, statement: &StatementSince) -> Judged {
    let calls = match statement.calls {
        1 => "1 call".to_owned(),
        n => format!("{} calls", grouped(n)),
    };
    let total = duration::exact(statement.total_ms);
    let said = format!("{} on average, {calls}, {total} in all", duration::exact(statement.mean_ms()));
    let level = match statement.mean_ms() {
        _ if statement.calls < i64::from(limits.min_calls) => Level::Open,
        mean if mean > limits.critical_ms => Level::Critical,
        mean if mean > limits.slow_ms => Level::Warning,
        _ => Level::Calm,
    };
    (level, said)
}

/// The share of index scans in percent, where it means something, and what it says.
pub fn scan_ratio(limits: &Aftercare, table: &TableSince) -> (Option<f64>, Judged) {
    let (by_index, whole) = (table.traffic.index_scans, table.traffic.seq_scans);
    let counted = format!("{} by index, {} of the whole table", grouped(by_index), grouped(whole));
    let Some(bytes) = table.now.heap_bytes else {
        return (None, (Level::Open, format!("{counted}; its size cannot be read")));
    };
    let bytes = bytes.unsigned_abs();
    if bytes < limits.large_table_bytes {
        let said = format!("{counted}. With {} it is rightly read as a whole.", size::bytes(bytes));
        return (None, (Level::Calm, said));
    }
    if by_index + whole < FEWEST_SCANS {
        return (None, (Level::Open, format!("{counted}: fewer than {FEWEST_SCANS} scans say nothing")));
    }
    let percent = 100.0 * by_index as f64 / (by_index + whole) as f64;
    let level = if percent < limits.index_scan_percent { Level::Warning } else { Level::Calm };
    (Some(percent), (level, counted))
}

/// Whether an index of the change is used.
pub fn use_of(limits: &Aftercare, since: &Since, index: &IndexSince) -> Judged {
    if !index.now.whole {
        return (Level::Critical, "invalid: it costs writes and is never read".to_owned());
    }
    let last = index.now.last_scan.map(|at| format!(", the last {} ago", ago(since.to, at)));
    if index.scans.scans > 0 {
        let rows = grouped(index.scans.rows_read);
        let scans = plural(index.scans.scans, "scan");
        return (Level::Calm, format!("{scans}{}, {rows} entries read", last.unwrap_or_default()));
    }
    let watched = since.elapsed();
    let said = match watched {
        Some(ms) => format!("no scan in {}{}", duration::words(ms), last.unwrap_or_default()),
        None => "no scan".to_owned(),
    };
    if index.now.unique {
        return (Level::Calm, format!("{said}; it is unique, and enforces that"));
    }
    let long = watched.is_some_and(|ms| ms.unsigned_abs() > limits.unused_after.ms());
    (if long { Level::Warning } else { Level::Open }, said)
}

pub fn leaf(limits: &Aftercare, leaf: &Leaf) -> Judged {
    let small = leaf.bytes.unsigned_abs() < limits.large_index_bytes;
    match leaf.density {
        None => (Level::Calm, "empty".to_owned()),
        Some(density) if small => (Level::Calm, format!("{density:.0} % filled; small")),
        Some(density) if density < limits.leaf_density_percent => {
            (Level::Warning, format!("{density:.0} % filled: bloated"))
        }
        Some(density) => (Level::Calm, format!("{density:.0} % filled")),
    }
}

/// Autovacuum's defaults: it comes at 50 rows and 20 percent of dead ones, at 50 and 10 percent of changed ones. Twice as many say
/// that it does not keep up. <https://www.postgresql.org/docs/current/routine-vacuuming.html>
const BEHIND: i64 = 2;

/// Bytes below which a table without counted rows is taken for an empty one: a page or two, with those of its TOAST.
const EMPTY: i64 = 65_536;

pub fn vacuum(now: Ms, table: &Table) -> Judged {
    let when = match table.vacuumed {
        Some(at) => format!("vacuumed {} ago", ago(now, at)),
        None => "never vacuumed".to_owned(),
    };
    let behind = table.dead_rows > BEHIND * (50 + table.rows / 5);
    let said = format!("{when}, {} dead of {} rows", grouped(table.dead_rows), grouped(table.rows));
    (if behind { Level::Warning } else { Level::Calm }, said)
}

pub fn analyze(now: Ms, table: &Table) -> Judged {
    let changed = grouped(table.changed_since_analyze);
    match table.analyzed {
        Some(at) => {
            let behind = table.changed_since_analyze > BEHIND * (50 + table.rows / 10);
            let said = format!("analyzed {} ago, {changed} rows changed since", ago(now, at));
            (if behind { Level::Warning } else { Level::Calm }, said)
        }
        // The server may have forgotten what it counted: what is no empty table on disk is none.
        None if table.rows == 0 && table.heap_bytes.is_none_or(|bytes| bytes < EMPTY) => {
            (Level::Calm, "never analyzed, empty".to_owned())
        }
        None => (Level::Warning, "never analyzed: the planner guesses".to_owned()),
    }
}

/// The share of updates that needed no new index entry; none where nothing was updated.
pub fn hot_percent(table: &TableSince) -> Option<f64> {
    let updated = table.traffic.updated;
    (updated > 0).then(|| 100.0 * table.traffic.hot_updated as f64 / updated as f64)
}

fn grouped(n: i64) -> String {
    number::grouped(n.unsigned_abs())
}

fn plural(n: i64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(n)) }
}

fn ago(now: Ms, at: Ms) -> String {
    duration::words((now - at).max(0))
}
