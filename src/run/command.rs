//! What can be asked of a run: by people through page, API and command line, and by the console to report what it saw.

use super::Seq;
use super::event::{Answer, Pace, Rung};
use super::intent::Intent;
use super::reading::{Outcome, Reading, StepFindings, Verdict};
use super::sealed::Sealed;
use super::window::Window;
use crate::runbook::{How, Id};
use crate::watch::{Backend, Force, Waiting};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A person's command with what makes it safe to send twice or late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Made by the page or the caller; the same id is carried out once.
    pub command_id: String,
    /// The last event that the sender had seen.
    pub expected_seq: Seq,
    pub command: Command,
}

/// Every text may be empty unless said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    AnswerItem {
        item: Id,
        answer: Answer,
        #[serde(default)]
        note: String,
    },
    /// Asks the probe of an item, again if need be.
    Probe {
        item: Id,
    },
    /// Asks every probe of a phase that has not passed.
    ProbeAll {
        phase: Id,
    },
    /// Accepts an inconclusive item, or overrides a failed one; `note` says why.
    AcceptItem {
        item: Id,
        note: String,
    },
    SignOff {
        phase: Id,
        role: Id,
        #[serde(default)]
        note: String,
    },
    /// `note` says why.
    RefuseSignOff {
        phase: Id,
        role: Id,
        note: String,
    },
    WithdrawSignOff {
        phase: Id,
        role: Id,
        #[serde(default)]
        note: String,
    },
    /// Passes on the word that one gives as `role`, for this run: `to` signs in one's place. `note` says why.
    Delegate {
        role: Id,
        to: String,
        note: String,
    },
    /// Takes that back. What was signed meanwhile stands until it is withdrawn.
    EndDelegation {
        role: Id,
        #[serde(default)]
        note: String,
    },
    SetPace {
        pace: Pace,
    },
    /// Starts a step, or starts it again. `reason` is needed where the last attempt is unknown.
    StartStep {
        step: Id,
        #[serde(default)]
        reason: String,
    },
    /// Starts, as the second person, what cannot be undone and somebody else asked to start. `shown` is the value that only their screen
    /// shows.
    ConfirmStart {
        step: Id,
        shown: String,
    },
    /// Cancels the live attempt of a step.
    Cancel {
        step: Id,
        #[serde(default)]
        reason: String,
    },
    /// Stops a session that stands in the way of the step that runs: first `cancel`, then `terminate`. `backend` is `PID@START`, the start
    /// in microseconds since 1970; `reason` says why.
    StopBlocker {
        backend: Backend,
        how: Force,
        reason: String,
    },
    AcceptVerdict {
        step: Id,
        note: String,
    },
    RejectVerdict {
        step: Id,
        note: String,
    },
    /// `reason` says why.
    SkipStep {
        step: Id,
        reason: String,
    },
    /// `evidence` says how it is known that the step is done.
    MarkStepDone {
        step: Id,
        evidence: String,
    },
    /// Lets a change start outside its window: one person asks, a second one breaks the glass. `reason` says why it cannot wait; `shown` is,
    /// from the second person on a production target, the value that only their screen shows.
    BreakGlass {
        reason: String,
        #[serde(default)]
        shown: String,
    },
    /// Puts one index right, as a step of its own; `reason` says why. Never done by itself.
    Remedy {
        index: String,
        how: How,
        reason: String,
    },
    /// Takes a way back, behind the cancelled end of what is under way. `confirm` is the name of the target's database, typed; `rows`, where
    /// the path loses what was written since the backup, how many rows that are now, or `unknown`; `shown` as in `break_glass`.
    RollBack {
        path: Id,
        reason: String,
        confirm: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        rows: String,
        #[serde(default)]
        shown: String,
    },
    /// Asks that `to` gets the controls: the pilot offers them to somebody, anybody else asks for them for themselves.
    AskHandOver {
        to: String,
    },
    /// Accepts that `to` gets the controls, by who was asked.
    AcceptHandOver {
        to: String,
    },
    /// Takes the controls over without being handed them; `reason` says why.
    TakeControls {
        reason: String,
    },
    Note {
        text: String,
    },
    /// Ends a run whose gates are all open, or whose way back was walked.
    EndRun {
        #[serde(default)]
        note: String,
    },
    /// Ends a run as it is; `reason` says why.
    Abandon {
        reason: String,
    },
}

impl Command {
    /// Whether it hangs on how the target is just now, so that the console looks before it decides.
    pub fn looks_first(&self) -> bool {
        matches!(self, Self::RollBack { .. } | Self::Remedy { .. })
    }

    /// Whether it is one of those that get out of trouble, which nothing but permission may keep from anybody.
    pub fn leads_out(&self) -> bool {
        matches!(self, Self::Cancel { .. } | Self::StopBlocker { .. } | Self::RollBack { .. })
    }

    /// A cancel, a way back and a note are right whatever happened meanwhile, and a session that is to be stopped and a person who is to have the
    /// controls are named beyond doubt; all else must have been seen. A run that goes on by
    /// itself would otherwise outrun whoever wants it back.
    pub fn may_be_late(&self) -> bool {
        let passes_controls = matches!(
            self,
            Self::AskHandOver { .. } | Self::AcceptHandOver { .. } | Self::TakeControls { .. }
        );
        self.leads_out() || passes_controls || matches!(self, Self::Note { .. })
    }
}

/// What the console itself reports. It never comes from outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    ProbeAnswered {
        item: Id,
        verdict: Verdict,
        reason: String,
        evidence: String,
    },
    Starting {
        step: Id,
        attempt: u32,
    },
    /// It waits, before it is started, for sessions that hold a snapshot; `by` names them with their age.
    Held {
        step: Id,
        attempt: u32,
        by: String,
    },
    Running {
        step: Id,
        attempt: u32,
    },
    /// Too many have waited behind the step for too long.
    Airbag {
        step: Id,
        attempt: u32,
        waiting: Vec<Waiting>,
        held_ms: i64,
    },
    BlockerStopped {
        backend: Backend,
        how: Force,
        came: String,
    },
    Rung {
        step: Id,
        attempt: u32,
        rung: Rung,
        detail: String,
    },
    Ended {
        step: Id,
        attempt: u32,
        outcome: Outcome,
        duration_ms: i64,
        log_bytes: u64,
        lost_bytes: u64,
        files: Option<BTreeMap<String, Sealed>>,
    },
    Lost {
        step: Id,
        attempt: u32,
        reason: String,
    },
    /// After an end or a loss: what the step has shown and what the database says now.
    Shown {
        step: Id,
        attempt: u32,
        shown: StepFindings,
        database: Option<Reading>,
    },
    DatabaseRead {
        reading: Reading,
    },
    /// Who passed on their word may not give it any more.
    DelegationLapsed {
        role: Id,
        from: String,
    },
    /// What the target's calendar says; none where it has none.
    WindowRead {
        window: Option<Window>,
    },
    /// What a signature under this phase stands for, looked at anew.
    Resolved {
        phase: Id,
        intent: Intent,
    },
}
