//! The statements of one step, with what the step says about their sessions.

use super::report::Place;
use super::statement::{Read, read};
use crate::runbook::{Id, Leaves, Phase, PhaseKind, Step};

#[derive(Clone, Debug)]
pub struct Source {
    pub step: Id,
    pub place: Place,
    /// Where the statements come from, in a few words.
    pub runs: String,
    /// True on a way back.
    pub back: bool,
    /// Rendered by a migration tool: nobody has read it in the runbook itself.
    pub rendered: bool,
    pub text: String,
    pub in_transaction: bool,
    /// The step gives its sessions a lock_timeout.
    pub lock_timeout: bool,
    /// The step says what the database must say afterwards, so that an invalid index is found.
    pub proven: bool,
    pub statements: Vec<Read>,
}

impl Source {
    pub fn new(place: Place, phase: &Phase, step: &Step, text: String, in_transaction: bool) -> Self {
        let statements = read(&text, in_transaction);
        Self {
            step: step.id.clone(),
            place,
            runs: String::new(),
            back: phase.kind == PhaseKind::Rollback,
            rendered: false,
            in_transaction,
            lock_timeout: step.lock_limit().is_some(),
            proven: step.leaves == Some(Leaves::Applied),
            statements,
            text,
        }
    }
}

#[cfg(test)]
impl Source {
    /// A step's own SQL, for tests of rules.
    pub fn of(text: &str, in_transaction: bool) -> Self {
        let place = Place { file: "r.toml".into(), line: 1, column: 1, part: "step x".into() };
        let step = Id::parse("x").expect("an id");
        Self {
            step,
            place,
            runs: "SQL".into(),
            back: false,
            rendered: false,
            text: text.into(),
            in_transaction,
            lock_timeout: false,
            proven: false,
            statements: read(text, in_transaction),
        }
    }
}
