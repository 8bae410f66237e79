//! Challenge and response: what cannot be undone on a production target is confirmed by a second person who types a value that only
//! their own screen shows. Whoever has somebody else's token, or presses for them, does not know it.

use super::{Actor, RunState, Seq};
use crate::runbook::Step;
use sha2::{Digest, Sha256};

/// Digits and letters that are not mistaken for each other (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What a second person has to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// Nothing: the target is no production.
    None,
    /// The value that their screen shows.
    Shown(String),
    /// They have no screen of their own: a token, or a page that was not asked for by a session.
    NoScreen,
}

impl RunState {
    /// Whether this step starts when a second person has confirmed it: it cannot be undone, and the target is production.
    pub fn takes_two(&self, step: &Step) -> bool {
        step.irreversible && self.target.is_production()
    }

    /// What this person has to type to confirm what was asked for in the event `asked`. A value is good for one person's screen, one run
    /// and one question.
    pub fn challenge(&self, actor: &Actor, asked: Seq) -> Challenge {
        if !self.target.is_production() {
            return Challenge::None;
        }
        let Some(screen) = &actor.screen else { return Challenge::NoScreen };
        let digest = Sha256::digest(format!("{screen} {} {asked}", self.run));
        let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
        let letters: String = digest.iter().take(6).map(letter).collect();
        Challenge::Shown(format!("{}-{}", &letters[..3], &letters[3..]))
    }
}
