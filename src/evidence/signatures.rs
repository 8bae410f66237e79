//! Who signed what, when and how it stands: the sign-offs of a run as a list that needs no console to be read.

use crate::run::{Ms, RunState, Seq};
use crate::runbook::Id;
use crate::text::clock;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signature {
    pub phase: Id,
    pub role: Id,
    pub who: String,
    /// Who had passed on their word to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_place_of: Option<String>,
    /// `signed` or `refused`.
    pub word: &'static str,
    pub note: String,
    /// UTC, milliseconds since 1970, and the same as text.
    pub at: Ms,
    pub at_utc: String,
    /// Why it does not stand any longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
    /// The event that holds it.
    pub event: Seq,
}

/// In the order they were given.
pub fn signatures(state: &RunState) -> Vec<Signature> {
    let signature = |sign_off: &crate::run::state::SignOff| Signature {
        phase: sign_off.phase.clone(),
        role: sign_off.role.clone(),
        who: sign_off.by.who.clone(),
        in_place_of: sign_off.in_place_of.clone(),
        word: if sign_off.given { "signed" } else { "refused" },
        note: sign_off.note.clone(),
        at: sign_off.by.at,
        at_utc: clock::date_and_time(sign_off.by.at),
        void: sign_off.void.clone(),
        event: sign_off.seq,
    };
    state.sign_offs.iter().map(signature).collect()
}
