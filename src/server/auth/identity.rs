//! The one behind a request, and by what they are known.

use super::{Hashed, Scope};
use crate::run::Actor;

#[derive(Clone, Debug)]
pub struct Identity {
    /// With the permissions that count here: a token may have fewer than its person.
    pub actor: Actor,
    pub via: Via,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    Session(Hashed),
    Token { hash: Hashed, scope: Scope },
}
