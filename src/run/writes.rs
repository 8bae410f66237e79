//! How many rows were written, by the server's counters. They count what was rolled back as well, so the figure is never too small.

use super::Ms;
use serde::{Deserialize, Serialize};

/// The counters of a schema's tables, as `pg_stat_user_tables` has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Writes {
    /// When the counters were last reset, by hand or by the server after a crash.
    pub reset: Option<Ms>,
    pub tables: Vec<TableWrites>,
}

/// Since the counters were reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TableWrites {
    /// `pg_class.oid`: a table that was made anew under an old name is another one.
    pub oid: u32,
    pub table: String,
    pub inserted: i64,
    pub updated: i64,
    pub deleted: i64,
}

impl TableWrites {
    pub fn rows(&self) -> i64 {
        self.inserted + self.updated + self.deleted
    }

    fn since(&self, then: &Writes) -> Self {
        let zero = Self { inserted: 0, updated: 0, deleted: 0, ..self.clone() };
        let then = then.tables.iter().find(|then| then.oid == self.oid).unwrap_or(&zero);
        Self {
            inserted: self.inserted - then.inserted,
            updated: self.updated - then.updated,
            deleted: self.deleted - then.deleted,
            ..self.clone()
        }
    }
}

impl Writes {
    /// What was written since `then`: only the tables in which something was.
    ///
    /// # Errors
    /// The counters cannot tell: they were reset in between, or a table is gone.
    pub fn since(&self, then: &Self) -> Result<Vec<TableWrites>, &'static str> {
        if self.reset != then.reset {
            return Err("the server's counters were reset since");
        }
        if then.tables.iter().any(|table| self.tables.iter().all(|now| now.oid != table.oid)) {
            return Err("a table of that time is gone");
        }
        let tables: Vec<_> = self.tables.iter().map(|now| now.since(then)).collect();
        if tables.iter().any(|table| table.inserted < 0 || table.updated < 0 || table.deleted < 0) {
            return Err("the server's counters were reset since");
        }
        Ok(tables.into_iter().filter(|table| table.rows() > 0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writes(reset: Ms, tables: &[(u32, i64)]) -> Writes {
        let table = |(oid, inserted): &(u32, i64)| TableWrites {
            oid: *oid,
            table: format!("t{oid}"),
            inserted: *inserted,
            updated: 1,
            deleted: 0,
        };
        Writes { reset: Some(reset), tables: tables.iter().map(table).collect() }
    }

    #[test]
    fn only_what_was_written_in_between_is_told() {
        let (then, now) = (writes(5, &[(1, 10), (2, 3)]), writes(5, &[(1, 12), (2, 3), (3, 4)]));
        let told = now.since(&then).unwrap();
        let told: Vec<_> = told.iter().map(|table| (table.table.as_str(), table.rows())).collect();
        assert_eq!(told, [("t1", 2), ("t3", 5)]);
    }

    #[test]
    fn counters_that_cannot_tell_say_so() {
        let then = writes(5, &[(1, 10)]);
        assert!(writes(6, &[(1, 12)]).since(&then).is_err(), "reset");
        assert!(writes(5, &[(1, 9)]).since(&then).is_err(), "went back");
        assert!(writes(5, &[(2, 9)]).since(&then).is_err(), "gone");
    }
}
