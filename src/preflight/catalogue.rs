//! What the target's catalogue says about the tables and indexes that a runbook touches.

use super::index::Index;
use super::name::Name;
use crate::verdict::Verdict;

#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// `server_version_num`.
    pub version: i32,
    /// Whether the server itself is reached, and why it is thought so.
    pub direct: Option<(Verdict, String)>,
    pub tables: Vec<Table>,
    /// Of these tables, and those of the same names as the new ones.
    pub indexes: Vec<Existing>,
    /// What else has a name that a new index is to get.
    pub taken: Vec<Taken>,
}

/// A table or view that was asked for by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// As the statement has it.
    pub written: Name,
    /// With its schema; none where there is none of that name.
    pub found: Option<Name>,
    /// The planner's estimate; negative where it was never analyzed.
    pub rows: f64,
}

#[derive(Clone, Debug)]
pub struct Existing {
    pub name: Name,
    pub table: Name,
    /// `pg_get_indexdef`.
    pub definition: String,
    /// None where the definition could not be read.
    pub index: Option<Index>,
    /// Valid, ready and live.
    pub whole: bool,
    /// Some session builds it now, as far as this role can see.
    pub building: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub name: Name,
    /// `table`, `view`, `sequence`, ...
    pub kind: String,
}

impl Catalogue {
    /// With its schema, where the target knows it.
    pub fn table(&self, written: &Name) -> Name {
        let found = self.tables.iter().find(|table| table.written == *written);
        found.and_then(|table| table.found.clone()).unwrap_or_else(|| written.clone())
    }

    pub fn index(&self, written: &Name) -> Option<&Existing> {
        self.indexes.iter().find(|index| written.meets(&index.name))
    }
}
