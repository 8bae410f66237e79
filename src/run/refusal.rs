//! A refusal says why, and what to do.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[error("{why} {hint}")]
pub struct Refusal {
    pub code: Code,
    /// Why not, in one sentence.
    pub why: String,
    /// What to do instead, in one sentence; may be empty.
    pub hint: String,
}

/// For programs; people read the sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The permission or the role is missing.
    NotAllowed,
    /// The sender had not seen the latest state.
    Stale,
    /// Somebody was first.
    AlreadyDone,
    /// Not in this state, or not yet.
    NotNow,
    /// No such thing in this run.
    NotFound,
    /// A text or a value is missing or wrong.
    Invalid,
    /// The run is over.
    Ended,
    /// Too much in a short time.
    TooMany,
    /// It takes a second factor that was shown just now.
    StepUp,
}

impl Refusal {
    pub fn new(code: Code, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, why: why.into(), hint: hint.into() }
    }
}
