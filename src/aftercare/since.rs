//! What moved between two readings of the counters. Where a counter fell, it was reset or its object was made anew: then all that it
//! says now came since.

use super::counters::{Counters, Index, Scans, Seen, Statement, Table, Traffic};
use crate::run::Ms;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Since {
    /// Where counting begins, by the target's clock; none where that is not known.
    pub from: Option<Ms>,
    pub to: Ms,
    /// The statistics of the whole database were reset after the change: counting begins there.
    pub reset: bool,
    pub tables: Vec<TableSince>,
    pub indexes: Vec<IndexSince>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TableSince {
    pub now: Table,
    pub traffic: Traffic,
    /// Bytes with all indexes.
    pub grown: Option<i64>,
    /// The counters of this table fell.
    pub anew: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct IndexSince {
    pub now: Index,
    pub scans: Scans,
    pub grown: Option<i64>,
    /// The counters of this index fell: it was reset or built anew.
    pub anew: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct StatementSince {
    pub text: String,
    pub calls: i64,
    pub total_ms: f64,
    pub anew: bool,
}

impl StatementSince {
    pub fn mean_ms(&self) -> f64 {
        self.total_ms / self.calls.max(1) as f64
    }
}

impl Since {
    /// Without a `base` everything counts since the statistics began.
    pub fn of(base: Option<&Counters>, now: &Counters) -> Self {
        let whole = whole_reset(base, now);
        let from = if base.is_none() || whole { now.reset } else { base.map(|base| base.at) };
        let base = base.filter(|_| !whole);
        let table = |table: &Table| TableSince::of(base.and_then(|base| find(&base.tables, table)), table);
        let index = |index: &Index| IndexSince::of(base.and_then(|base| found(&base.indexes, index)), index);
        let (tables, indexes) =
            (now.tables.iter().map(table).collect(), now.indexes.iter().map(index).collect());
        Self { from, to: now.at, reset: whole, tables, indexes }
    }

    pub fn elapsed(&self) -> Option<Ms> {
        self.from.map(|from| (self.to - from).max(0))
    }
}

fn whole_reset(base: Option<&Counters>, now: &Counters) -> bool {
    base.is_some_and(|base| now.reset != base.reset && now.reset.is_some())
}

fn find<'a>(tables: &'a [Table], wanted: &Table) -> Option<&'a Table> {
    tables.iter().find(|table| table.name == wanted.name)
}

fn found<'a>(indexes: &'a [Index], wanted: &Index) -> Option<&'a Index> {
    indexes.iter().find(|index| index.name == wanted.name && index.table == wanted.table)
}

impl TableSince {
    fn of(base: Option<&Table>, now: &Table) -> Self {
        let before = base.map(|base| base.traffic).unwrap_or_default();
        let moved = now.traffic.since(before);
        let bytes = |table: &Table| Some(table.heap_bytes? + table.index_bytes?);
        let grown = base.and_then(|base| Some(bytes(now)? - bytes(base)?));
        Self { now: now.clone(), traffic: moved.unwrap_or(now.traffic), grown, anew: moved.is_none() }
    }
}

impl IndexSince {
    fn of(base: Option<&Index>, now: &Index) -> Self {
        let before = base.map(|base| base.scans).unwrap_or_default();
        let moved = now.scans.since(before);
        let grown = base.and_then(|base| Some(now.bytes? - base.bytes?));
        Self { now: now.clone(), scans: moved.unwrap_or(now.scans), grown, anew: moved.is_none() }
    }
}

/// None where it fell.
fn moved(now: i64, before: i64) -> Option<i64> {
    (now >= before).then(|| now - before)
}

impl Traffic {
    fn since(self, before: Self) -> Option<Self> {
        Some(Self {
            seq_scans: moved(self.seq_scans, before.seq_scans)?,
            seq_rows: moved(self.seq_rows, before.seq_rows)?,
            index_scans: moved(self.index_scans, before.index_scans)?,
            inserted: moved(self.inserted, before.inserted)?,
            updated: moved(self.updated, before.updated)?,
            hot_updated: moved(self.hot_updated, before.hot_updated)?,
            deleted: moved(self.deleted, before.deleted)?,
        })
    }
}

impl Scans {
    fn since(self, before: Self) -> Option<Self> {
        Some(Self {
            scans: moved(self.scans, before.scans)?,
            rows_read: moved(self.rows_read, before.rows_read)?,
            rows_fetched: moved(self.rows_fetched, before.rows_fetched)?,
        })
    }
}

/// The statements that were called, the slowest on average first, at most `most`.
pub fn statements(
    base: Option<&Counters>,
    now: &Seen<Vec<Statement>>,
    most: usize,
) -> Seen<Vec<StatementSince>> {
    let at = base.map(|base| base.at);
    let before = base.and_then(|base| base.statements.seen()).into_iter().flatten();
    let before: HashMap<i64, &Statement> = before.map(|statement| (statement.id, statement)).collect();
    let moved = |now: &Statement| {
        let before = before.get(&now.id).filter(|_| now.since <= at || now.since.is_none());
        let (calls, total_ms) = before.map_or((0, 0.0), |before| (before.calls, before.total_ms));
        let anew = now.calls < calls;
        let (calls, total_ms) = if anew { (0, 0.0) } else { (calls, total_ms) };
        let total_ms = (now.total_ms - total_ms).max(0.0);
        StatementSince { text: now.text.clone(), calls: now.calls - calls, total_ms, anew }
    };
    now.as_ref().map(|now| {
        let mut since: Vec<_> = now.iter().map(moved).filter(|statement| statement.calls > 0).collect();
        since.sort_by(|a, b| b.mean_ms().total_cmp(&a.mean_ms()));
        since.truncate(most);
        since
    })
}
