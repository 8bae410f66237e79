//! Asking `decide` beforehand: would this be refused, and why? So that a control can say it before it is pressed.

use super::decide::allowed;
use super::refusal::Code;
use super::{Actor, Command, Envelope, Refusal, RunState};

impl RunState {
    /// Why this person may not do this now. What is still to be written (a note, a reason) is not asked for here: put any text in; nor is a
    /// second factor.
    pub fn would_refuse(&self, command: Command, actor: &Actor) -> Option<Refusal> {
        let envelope = Envelope { command_id: "?".to_owned(), expected_seq: self.seq, command };
        allowed(self, &envelope, actor).err()
    }

    /// As `would_refuse`, but only where it lies in the person, not in the run.
    pub fn not_for(&self, command: Command, actor: &Actor) -> Option<Refusal> {
        self.would_refuse(command, actor).filter(|refusal| refusal.code == Code::NotAllowed)
    }
}

#[cfg(test)]
mod tests {
    use crate::run::refusal::Code;
    use crate::run::tests::{actor, id, state};
    use crate::run::{Command, Permission};

    #[test]
    fn what_lies_in_the_person_is_told_apart_from_what_lies_in_the_run() {
        let run = state([]);
        let sign = || Command::SignOff { phase: id("preflight"), role: id("dba"), note: "…".into() };
        let approver = actor("ben", &[Permission::Approver]);
        assert_eq!(run.would_refuse(sign(), &approver).unwrap().code, Code::NotNow);
        assert_eq!(run.not_for(sign(), &approver), None);
        let viewer = actor("eve", &[Permission::Viewer]);
        assert_eq!(run.not_for(sign(), &viewer).unwrap().code, Code::NotAllowed);
        let start = Command::StartStep { step: id("dump"), reason: String::new() };
        assert_eq!(run.would_refuse(start, &actor("ann", &[Permission::Operator])), None);
    }
}
