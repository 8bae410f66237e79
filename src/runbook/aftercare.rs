//! From where the aftercare page speaks of a warning. Each has a default, so that any runbook with a `[database]` has the page.

use super::Span;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Aftercare {
    /// Mean time of a statement in milliseconds above which it is a warning.
    pub slow_ms: f64,
    /// The same, above which it is critical.
    pub critical_ms: f64,
    /// A mean of fewer calls than this is shown and not judged.
    pub min_calls: u32,
    /// Share of index scans among all scans of a large table, in percent, below which it is a warning.
    pub index_scan_percent: f64,
    /// Bytes from which a table is large: a smaller one is rightly read as a whole.
    pub large_table_bytes: u64,
    /// Leaf density of a b-tree in percent (a fresh one has 90) below which it is bloated.
    pub leaf_density_percent: f64,
    /// Bytes from which bloat is worth a word.
    pub large_index_bytes: u64,
    /// How long an index of the change may go without a scan.
    pub unused_after: Span,
}

impl Default for Aftercare {
    fn default() -> Self {
        Self {
            slow_ms: 500.0,
            critical_ms: 1_000.0,
            min_calls: 10,
            index_scan_percent: 95.0,
            large_table_bytes: 8_000_000,
            leaf_density_percent: 50.0,
            large_index_bytes: 1_000_000,
            unused_after: Span::from_ms(7 * 24 * 3_600_000),
        }
    }
}

impl Aftercare {
    /// What does not fit together, as key and sentence.
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let percent = |value: f64| (0.0..=100.0).contains(&value);
        let checks = [
            ("slow_ms", self.slow_ms >= 0.0, "expected milliseconds from 0 on"),
            ("critical_ms", self.critical_ms >= self.slow_ms, "expected at least slow_ms"),
            ("index_scan_percent", percent(self.index_scan_percent), "expected 0 to 100"),
            ("leaf_density_percent", percent(self.leaf_density_percent), "expected 0 to 100"),
        ];
        checks.into_iter().filter(|(_, good, _)| !good).map(|(key, _, sentence)| (key, sentence)).collect()
    }
}
