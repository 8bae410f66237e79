//! The value that a second person's own screen shows, and nobody else's.

use super::{Field, Seen};
use crate::run::Seq;
use crate::run::challenge::Challenge;

/// What this person has to type to confirm what was asked for in an event; none where they need not.
pub fn challenge(seen: &Seen<'_>, asked: Option<Seq>) -> Option<String> {
    match seen.state.challenge(seen.actor, asked?) {
        Challenge::Shown(value) => Some(value),
        Challenge::None | Challenge::NoScreen => None,
    }
}

pub fn second_persons(shown: &str) -> Field {
    Field::required("shown", format!("As the second person, type what only your screen shows: {shown}"))
}
