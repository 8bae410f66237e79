//! How a database lives with a change: what PostgreSQL counts, what moved since the change, and from where that is a warning. Pure:
//! asking is `server::target::counters`, drawing is `ui::pages::aftercare`.

pub mod concerns;
pub mod counters;
pub mod judge;
pub mod report;
pub mod since;
#[cfg(test)]
mod tests;

pub use counters::{Bloat, Counters, Index, Leaf, Scans, Seen, Statement, Table, Traffic};
pub use judge::Level;
pub use report::Report;
pub use since::{IndexSince, Since, StatementSince, TableSince};

use crate::run::Ms;
use serde::{Deserialize, Serialize};

/// One look at the target, against the counters at the change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Look {
    /// Clock of the console.
    pub taken: Ms,
    pub since: Since,
    pub statements: Seen<Vec<StatementSince>>,
    pub bloat: Seen<Bloat>,
    /// The looks so far, oldest first.
    pub trend: Vec<Point>,
}

/// The sums over all tables at one look, as they were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Point {
    pub at: Ms,
    pub index_scans: i64,
    pub seq_scans: i64,
    /// Rows inserted, updated and deleted.
    pub written: i64,
}

impl Point {
    pub fn of(counters: &Counters) -> Self {
        let traffic = counters.tables.iter().map(|table| table.traffic);
        let (index_scans, seq_scans, written) = traffic.fold((0, 0, 0), |(index, seq, written), t| {
            (index + t.index_scans, seq + t.seq_scans, written + t.written())
        });
        Self { at: counters.at, index_scans, seq_scans, written }
    }
}

/// What moved in each second between one look and the next. A stretch in which the counters fell, which is a reset, is left out.
pub fn a_second(trend: &[Point], count: impl Fn(&Point) -> i64) -> Vec<f64> {
    let stretches = trend.windows(2).filter(|pair| pair[1].at > pair[0].at);
    let moved = stretches.map(|pair| (count(&pair[1]) - count(&pair[0]), pair[1].at - pair[0].at));
    moved.filter(|(moved, _)| *moved >= 0).map(|(moved, ms)| moved as f64 * 1_000.0 / ms as f64).collect()
}
