//! What can happen in a run. An event is immutable; it holds the SHA-256 of the one before it together with its own content, so
//! that a run can be verified without the console.

use super::intent::{Difference, Intent};
use super::reading::{Outcome, Reading, StepFindings, TargetFacts, Verdict};
use super::sealed::Sealed;
use super::window::Window;
use super::{Ms, RunId, Seq};
use crate::runbook::{Id, Remedy, Runbook, Value};
use crate::watch::{Backend, Force, Waiting};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Event {
    pub seq: Seq,
    pub at: Ms,
    /// Name of the person, or `the console`.
    pub actor: String,
    /// The command that caused it, where a person gave one: the same command is carried out once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_id: Option<String>,
    pub body: Body,
    /// SHA-256 over the hash before it and this event's content, in hexadecimal.
    pub hash: String,
}

/// The hash before the first event.
pub const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Event {
    /// Makes the event that follows `before` (its hash; `NO_HASH` for the first).
    pub fn seal(before: &str, seq: Seq, at: Ms, actor: &str, command_id: Option<String>, body: Body) -> Self {
        let mut event = Self { seq, at, actor: actor.to_owned(), command_id, body, hash: String::new() };
        event.hash = event.hash_after(before);
        event
    }

    /// The hash that this event must have when it follows `before`.
    pub fn hash_after(&self, before: &str) -> String {
        let content = serde_json::json!([self.seq, self.at, self.actor, self.command_id, self.body]);
        let mut hasher = Sha256::new();
        hasher.update(before.as_bytes());
        hasher.update(content.to_string().as_bytes());
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Answer to a checklist line that only a person can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Done,
    NotApplicable,
    /// Takes an earlier answer back.
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// A person starts every step.
    StepByStep,
    /// The run goes on by itself to the next gate, failure or inconclusive verdict.
    Continue,
}

/// The ladder of a cancel, each rung stronger than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    Sigint,
    PgCancelBackend,
    Sigterm,
    PgTerminateBackend,
    Sigkill,
}

impl Rung {
    pub const LADDER: [Self; 5] =
        [Self::Sigint, Self::PgCancelBackend, Self::Sigterm, Self::PgTerminateBackend, Self::Sigkill];

    pub fn word(self) -> &'static str {
        match self {
            Self::Sigint => "SIGINT",
            Self::PgCancelBackend => "pg_cancel_backend",
            Self::Sigterm => "SIGTERM",
            Self::PgTerminateBackend => "pg_terminate_backend",
            Self::Sigkill => "SIGKILL",
        }
    }
}

/// What the preflight of this runbook on this target said when the run was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Preflight {
    pub verdict: Verdict,
    /// How many failures, unknowns and warnings.
    pub sentence: String,
    /// The worst of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<String>,
    /// Why the run was started although the preflight failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub despite: Option<String>,
}

/// How a run ended. Nothing comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Every gate is open.
    Succeeded,
    /// A way back was walked to its end.
    RolledBack,
    Abandoned,
}

impl Ending {
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::RolledBack => "rolled back",
            Self::Abandoned => "abandoned",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(with = "Known"))]
pub enum Body {
    Known(Known),
    /// Written by a newer console: carried, never dropped.
    Unknown(serde_json::Value),
}

/// The events of this version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Known {
    RunStarted {
        run: RunId,
        /// The definition as it was, so that a run needs no file to be understood.
        runbook: Arc<Runbook>,
        runbook_sha256: String,
        target: TargetFacts,
        parameters: BTreeMap<Id, Value>,
        pace: Pace,
        /// What the preflight had said. None in runs of an older console.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preflight: Option<Box<Preflight>>,
    },
    ItemAnswered {
        item: Id,
        answer: Answer,
        note: String,
    },
    ProbeAsked {
        item: Id,
    },
    ProbeAnswered {
        item: Id,
        verdict: Verdict,
        reason: String,
        /// What was seen, as text to read.
        evidence: String,
    },
    /// A person accepts what is inconclusive, or overrides what failed.
    ItemAccepted {
        item: Id,
        note: String,
    },
    /// What a signature under this phase would stand for now.
    IntentResolved {
        phase: Id,
        intent: Intent,
    },
    SignedOff {
        phase: Id,
        role: Id,
        note: String,
        /// SHA-256 of the intent that was signed. None in runs of an older console.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        intent: Option<String>,
        /// Who had passed on their word; none where it is the actor's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_place_of: Option<String>,
    },
    SignOffRefused {
        phase: Id,
        role: Id,
        note: String,
    },
    SignOffWithdrawn {
        phase: Id,
        role: Id,
        note: String,
    },
    /// The actor's word as `role` is `to`'s to give, in this run.
    Delegated {
        role: Id,
        to: String,
        note: String,
    },
    /// `from` has taken that back, or may not give it any more.
    DelegationEnded {
        role: Id,
        from: String,
        to: String,
        note: String,
    },
    /// Something under the signatures moved.
    SignOffsVoided {
        phase: Id,
        reason: String,
        /// What is no longer as it was signed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        differences: Vec<Difference>,
    },
    PaceSet {
        pace: Pace,
    },
    /// One person wants a step started that cannot be undone; it takes a second one.
    StartAsked {
        step: Id,
        reason: String,
    },
    AttemptQueued {
        step: Id,
        attempt: u32,
        /// Why again, where an earlier attempt's end is unknown.
        reason: String,
    },
    AttemptStarting {
        step: Id,
        attempt: u32,
    },
    /// It is not started before these sessions have ended their transactions.
    AttemptHeld {
        step: Id,
        attempt: u32,
        by: String,
    },
    AttemptRunning {
        step: Id,
        attempt: u32,
    },
    CancelAsked {
        step: Id,
        attempt: u32,
        reason: String,
    },
    /// Too many sessions waited behind the step for too long: the console stops it, as a cancel does.
    AirbagOpened {
        step: Id,
        attempt: u32,
        /// All that waited then; they go on once the step's sessions have let go.
        waiting: Vec<Waiting>,
        held_ms: i64,
    },
    /// A person has a session stopped that stands in the step's way.
    BlockerStopAsked {
        step: Id,
        attempt: u32,
        backend: Backend,
        how: Force,
        reason: String,
    },
    BlockerStopped {
        backend: Backend,
        how: Force,
        /// Who it was, what it did, and what came of it.
        came: String,
    },
    CancelRung {
        step: Id,
        attempt: u32,
        rung: Rung,
        /// What it met, for instance which backends.
        detail: String,
    },
    AttemptEnded {
        step: Id,
        attempt: u32,
        outcome: Outcome,
        duration_ms: i64,
        log_bytes: u64,
        /// Output that could not be written because the disk was full.
        lost_bytes: u64,
        /// What it left in its directory, by name. None in runs of an older console, and where it could not be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        files: Option<BTreeMap<String, Sealed>>,
    },
    /// The shim is gone and left no exit record: nobody knows how the step ended.
    AttemptLost {
        step: Id,
        attempt: u32,
        reason: String,
    },
    /// Command said, database says.
    AttemptJudged {
        step: Id,
        attempt: u32,
        verdict: Verdict,
        reason: String,
        shown: StepFindings,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        database: Option<Reading>,
    },
    /// A person takes an inconclusive attempt as good, or not.
    VerdictAccepted {
        step: Id,
        attempt: u32,
        note: String,
    },
    VerdictRejected {
        step: Id,
        attempt: u32,
        note: String,
    },
    StepSkipped {
        step: Id,
        reason: String,
    },
    StepMarkedDone {
        step: Id,
        evidence: String,
    },
    /// The database was read outside of a step.
    DatabaseRead {
        reading: Reading,
    },
    /// What the target's calendar says from now on; none where it has none any more.
    WindowRead {
        window: Option<Window>,
    },
    /// One person wants the change outside its window; it takes a second one.
    GlassAsked {
        reason: String,
    },
    GlassBroken {
        reason: String,
    },
    /// A person has an index put right, by a step of its own.
    RemedyChosen {
        step: Id,
        remedy: Remedy,
    },
    /// One person wants it; it takes a second one.
    RollbackAsked {
        path: Id,
        reason: String,
    },
    RollbackChosen {
        path: Id,
        reason: String,
        /// How many rows written since the backup the person knew to be lost; none where the path loses none, or nobody can tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<i64>,
    },
    /// The controls are to pass to this person: offered by who has them, or asked for by that person.
    HandOverAsked {
        to: String,
    },
    /// Who was asked has accepted.
    ControlsHandedOver {
        to: String,
    },
    /// Somebody took the controls over without being handed them.
    ControlsTaken {
        reason: String,
    },
    Noted {
        text: String,
    },
    RunEnded {
        ending: Ending,
        note: String,
    },
}

impl From<Known> for Body {
    fn from(known: Known) -> Self {
        Self::Known(known)
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(known) => known.serialize(serializer),
            Self::Unknown(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Known::deserialize(&value).map_or_else(|_| Self::Unknown(value), Self::Known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_a_newer_console_is_carried_to_the_letter() {
        let text = r#"{"seq":3,"at":5,"actor":"a","body":{"type":"moon_landed","crew":[1,2.5]},"hash":"x"}"#;
        let event: Event = serde_json::from_str(text).unwrap();
        assert!(matches!(event.body, Body::Unknown(_)));
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
    }

    #[test]
    fn one_changed_letter_breaks_the_chain() {
        let note = |text: &str| Known::Noted { text: text.to_owned() }.into();
        let event = Event::seal(NO_HASH, 1, 5, "a", None, note("calm"));
        assert_eq!(event.hash, event.hash_after(NO_HASH));
        let forged = Event { body: note("Calm"), ..event.clone() };
        assert_ne!(forged.hash, forged.hash_after(NO_HASH));
        assert_ne!(event.hash_after(&event.hash), event.hash);
    }

    #[test]
    fn an_event_read_back_has_the_same_hash() {
        let body = Known::PaceSet { pace: Pace::Continue }.into();
        let event = Event::seal(NO_HASH, 1, 5, "a", Some("c".into()), body);
        let back: Event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
        assert_eq!(back.hash_after(NO_HASH), event.hash);
    }
}
