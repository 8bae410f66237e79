//! What a run's state is made of.

use crate::run::event::{Answer, Ending, Rung};
use crate::run::intent::{Difference, Intent};
use crate::run::reading::{Outcome, Reading, StepFindings, Verdict};
use crate::run::writes::Writes;
use crate::run::{Ms, Seq};
use crate::runbook::Id;
use crate::text::duration;
use crate::watch::{Backend, Force, Waiting, airbag};
use serde::{Deserialize, Serialize};

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    pub who: String,
    pub at: Ms,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemState {
    /// A person's answer, or what the probe found.
    pub outcome: ItemOutcome,
    pub note: String,
    /// What the probe saw.
    pub evidence: String,
    pub by: By,
    /// Somebody accepted what was not a pass: why.
    pub accepted: Option<(By, String)>,
    /// The probe was asked and has not answered yet.
    pub asked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemOutcome {
    Open,
    Answered(Answer),
    Probed(Verdict),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    pub phase: Id,
    pub role: Id,
    pub by: By,
    pub note: String,
    /// Who had passed on their word to `by`; none where it is their own.
    pub in_place_of: Option<String>,
    /// False: the person refused to sign.
    pub given: bool,
    /// Why it no longer counts: withdrawn, or voided because something under it moved.
    pub void: Option<String>,
    /// The state that was on the screen.
    pub seq: Seq,
    /// SHA-256 of the intent that was signed; none for refusals, and in runs of an older console.
    pub intent: Option<String>,
}

/// The word that somebody gives in a role, passed on for one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    pub role: Id,
    pub from: By,
    pub to: String,
    pub note: String,
    /// When it ended, and why.
    pub over: Option<(By, String)>,
}

/// What a signature stands for, as it was resolved last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    pub seq: Seq,
    pub at: Ms,
    pub sha256: String,
    pub intent: Intent,
}

/// Signatures became void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub seq: Seq,
    pub at: Ms,
    pub reason: String,
    pub differences: Vec<Difference>,
    /// Found by looking at what was signed, not by what somebody did.
    pub looked: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub step: Id,
    /// From 1 in each step.
    pub number: u32,
    pub stage: Stage,
    pub queued: By,
    pub reason: String,
    /// What the tables' counters said before it; asked for the step that takes the backup.
    pub writes_before: Option<Writes>,
    /// Since when, and for whom, it waits before it is started.
    pub held: Option<(Ms, String)>,
    pub running_at: Option<Ms>,
    pub ended_at: Option<Ms>,
    pub cancel: Option<By>,
    pub airbag: Option<Opened>,
    pub rungs: Vec<(Ms, Rung, String)>,
    pub outcome: Option<Outcome>,
    pub duration_ms: Option<i64>,
    pub log_bytes: u64,
    pub lost_bytes: u64,
    pub judged: Option<Judged>,
    /// A person's word on an inconclusive verdict: taken as good, or not.
    pub person: Option<(bool, By, String)>,
}

/// The airbag has stopped an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub at: Ms,
    pub waiting: Vec<Waiting>,
    pub held_ms: i64,
}

/// A session that stood in a step's way, and what came of stopping it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub step: Id,
    pub backend: Backend,
    pub how: Force,
    pub by: By,
    pub reason: String,
    pub came: Option<String>,
}

/// How far an attempt has come. An ended one is still being looked at until it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    Queued,
    Starting,
    Running,
    Ended,
    Lost,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub at: Ms,
    pub verdict: Verdict,
    pub reason: String,
    pub shown: StepFindings,
    pub database: Option<Reading>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    pub kind: ResolutionKind,
    pub text: String,
    pub by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResolutionKind {
    Skipped,
    MarkedDone,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    pub path: Id,
    pub reason: String,
    pub by: By,
    /// Attempts before this position of `attempts` belong to the way forward or to an earlier way back.
    pub first_attempt: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedBack {
    pub path: Id,
    pub reason: String,
    pub by: By,
    /// Of the event, to which the second person's answer is bound.
    pub seq: Seq,
}

/// A step that cannot be undone and waits for its second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedStart {
    pub step: Id,
    pub reason: String,
    pub by: By,
    /// Of the event, to which the second person's answer is bound.
    pub seq: Seq,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub ending: Ending,
    pub note: String,
    pub by: By,
}

impl Attempt {
    pub(super) fn queued(step: &Id, number: u32, queued: By, reason: &str) -> Self {
        Self {
            step: step.clone(),
            number,
            stage: Stage::Queued,
            queued,
            reason: reason.to_owned(),
            writes_before: None,
            held: None,
            running_at: None,
            ended_at: None,
            cancel: None,
            airbag: None,
            rungs: Vec::new(),
            outcome: None,
            duration_ms: None,
            log_bytes: 0,
            lost_bytes: 0,
            judged: None,
            person: None,
        }
    }

    /// Somebody cancelled it, or the airbag did: the ladder is climbed.
    pub fn stopping(&self) -> bool {
        self.cancel.is_some() || self.airbag.is_some()
    }

    /// From queued until it is judged: nothing else may be started meanwhile.
    pub fn live(&self) -> bool {
        self.judged.is_none()
    }
}

impl SignOff {
    /// Whether it is this person's word, given by themselves or in their place.
    pub fn is_word_of(&self, name: &str) -> bool {
        self.in_place_of.as_deref().unwrap_or(&self.by.who) == name
    }

    /// Whether this person gave it, or had it given.
    pub fn is_of(&self, name: &str) -> bool {
        self.by.who == name || self.is_word_of(name)
    }

    /// Who gave it, and for whom.
    pub fn signer(&self) -> String {
        match &self.in_place_of {
            Some(other) => format!("{}, in place of {other}", self.by.who),
            None => self.by.who.clone(),
        }
    }
}

impl Opened {
    /// Why the step was stopped, and whom that frees.
    pub fn sentence(&self) -> String {
        let held = duration::words(self.held_ms);
        format!("the airbag stopped it, because for {held} it held up {}", airbag::sentence(&self.waiting))
    }
}

impl Resolution {
    pub(super) fn new(kind: ResolutionKind, text: &str, by: By) -> Self {
        Self { kind, text: text.to_owned(), by }
    }
}
