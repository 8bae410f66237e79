//! Putting one index right, CONCURRENTLY: what can be done, and by which statements. Whether it may be done now is decided in
//! `crate::run`.

use super::{Action, Database, Id, Phase, PhaseKind, Runbook, Span, Step};
use crate::text::identifier::quoted;
use serde::{Deserialize, Serialize};

/// What a step does to one index of `Runbook::database`, or to what a rebuild of one has left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    pub index: String,
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(clap::ValueEnum))]
pub enum How {
    /// `CREATE INDEX CONCURRENTLY`, where it is missing.
    Build,
    /// `REINDEX INDEX CONCURRENTLY`, where the definition is right.
    Rebuild,
    /// Dropped and built as the runbook defines it, where the definition is another one.
    Replace,
    /// `DROP INDEX CONCURRENTLY`.
    Drop,
}

impl How {
    pub const ALL: [Self; 4] = [Self::Build, Self::Rebuild, Self::Replace, Self::Drop];

    pub fn word(self) -> &'static str {
        match self {
            Self::Build => "Build",
            Self::Rebuild => "Rebuild",
            Self::Replace => "Replace",
            Self::Drop => "Drop",
        }
    }
}

impl Remedy {
    /// "Rebuild idx_tasks_created_at".
    pub fn title(&self) -> String {
        format!("{} {}", self.how.word(), self.index)
    }

    /// In order, each to be sent by itself: none of them can run in a transaction. None: the runbook does not define the index that
    /// is to be built.
    pub fn statements(&self, database: &Database) -> Option<Vec<String>> {
        let name = format!("{}.{}", quoted(&database.schema), quoted(&self.index));
        let drop = format!("DROP INDEX CONCURRENTLY {name}");
        let create = || {
            let index = database.indexes.iter().find(|index| index.name == self.index)?;
            Some(index.definition.replacen("INDEX ", "INDEX CONCURRENTLY ", 1))
        };
        Some(match self.how {
            How::Build => vec![create()?],
            How::Rebuild => vec![format!("REINDEX INDEX CONCURRENTLY {name}")],
            How::Replace => vec![drop, create()?],
            How::Drop => vec![drop],
        })
    }
}

/// The phase that holds the remedies which people choose during a run. It is not walked.
const PHASE: &str = "remedies";

/// Longer than any build should take: the remedy can be cancelled at any time.
const TIMEOUT: &str = "8h";

impl Runbook {
    /// True for the names that the console gives to remedies of a run.
    pub fn is_reserved(id: &Id) -> bool {
        id.as_str() == PHASE || id.as_str().starts_with("remedy-")
    }

    /// Name of the next remedy.
    pub fn next_remedy(&self) -> Option<Id> {
        let known = self.phases.iter().filter(|phase| phase.kind == PhaseKind::Remedy);
        let known: usize = known.map(|phase| phase.steps.len()).sum();
        Id::parse(&format!("remedy-{}", known + 1)).ok()
    }

    /// Takes in a remedy that somebody chose during the run, as a step like any other. No lock_timeout: a concurrent build or drop that
    /// gives up waiting leaves an invalid index, and its waiting blocks nobody.
    pub fn add_remedy(&mut self, id: Id, remedy: Remedy) {
        let (Ok(phase), Ok(timeout)) = (Id::parse(PHASE), Span::parse(TIMEOUT)) else { return };
        let step = Step {
            id,
            title: remedy.title(),
            help: None,
            timeout,
            needs: Vec::new(),
            lock_timeout: None,
            statement_timeout: None,
            leaves: None,
            irreversible: false,
            run: Action::Remedy(remedy),
        };
        match self.phases.iter_mut().find(|phase| phase.kind == PhaseKind::Remedy) {
            Some(phase) => phase.steps.push(step),
            None => self.phases.push(Phase {
                id: phase,
                title: "Remedies".to_owned(),
                kind: PhaseKind::Remedy,
                help: None,
                items: Vec::new(),
                steps: vec![step],
                gate: None,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::ExpectedIndex;

    fn statements(how: How) -> Vec<String> {
        let index = ExpectedIndex {
            name: "i".to_owned(),
            table: "t".to_owned(),
            definition: "CREATE UNIQUE INDEX i ON s.t USING btree (a) WHERE (b <> 'INDEX '::text)".to_owned(),
        };
        let database = Database { schema: "s".to_owned(), revision: None, indexes: vec![index] };
        Remedy { index: "i".to_owned(), how }.statements(&database).unwrap()
    }

    #[test]
    fn everything_is_done_concurrently() {
        let create = "CREATE UNIQUE INDEX CONCURRENTLY i ON s.t USING btree (a) WHERE (b <> 'INDEX '::text)";
        assert_eq!(statements(How::Build), [create]);
        assert_eq!(statements(How::Rebuild), ["REINDEX INDEX CONCURRENTLY \"s\".\"i\""]);
        assert_eq!(statements(How::Replace), ["DROP INDEX CONCURRENTLY \"s\".\"i\"", create]);
        assert_eq!(statements(How::Drop), ["DROP INDEX CONCURRENTLY \"s\".\"i\""]);
    }
}
