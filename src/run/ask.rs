//! Asking `decide` beforehand: would this be refused, and why? So that a control can say it before it is pressed.

use super::refusal::Code;
use super::{Actor, Command, Envelope, Refusal, RunState, decide};

impl RunState {
    /// Why this person may not do this now. What is still to be written (a note, a reason) is not asked for here: put any text in.
    pub fn would_refuse(&self, command: Command, actor: &Actor) -> Option<Refusal> {
        let envelope = Envelope { command_id: "?".to_owned(), expected_seq: self.seq, command };
        decide(self, &envelope, actor, 0).err()
    }

    /// As `would_refuse`, but only where it lies in the person, not in the run.
    pub fn not_for(&self, command: Command, actor: &Actor) -> Option<Refusal> {
        self.would_refuse(command, actor).filter(|refusal| refusal.code == Code::NotAllowed)
    }
}
