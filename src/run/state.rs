//! A run folded from its events. `apply` never refuses: what stands in the events has happened.

mod parts;

pub use parts::*;

use super::controls::{Controls, HandOver};
use super::event::{Answer, Body, Event, Known, NO_HASH, Pace};
use super::reading::{Reading, Says, TargetFacts};
use super::window::{Glass, Window};
use super::{Actor, RunId, Seq};
use crate::runbook::{Id, Runbook, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    pub run: RunId,
    /// As it was when the run started, with the remedies that people have chosen since in a phase of their own.
    pub runbook: Arc<Runbook>,
    pub runbook_sha256: String,
    pub target: TargetFacts,
    pub parameters: BTreeMap<Id, Value>,
    pub started: By,
    pub pace: Pace,
    pub controls: Controls,
    /// The last event that is folded in.
    pub seq: Seq,
    /// Its hash.
    pub hash: String,
    /// The last event that changes what a person would decide: a page that has not seen it is stale.
    pub material: Seq,
    /// Who caused it.
    pub material_by: By,
    /// Commands carried out, with who gave them and when.
    pub commands: BTreeMap<String, By>,
    pub items: BTreeMap<Id, ItemState>,
    pub sign_offs: Vec<SignOff>,
    pub delegations: Vec<Delegation>,
    /// By phase, what a signature stands for.
    pub intents: BTreeMap<Id, Resolved>,
    /// By phase, what made signatures void last.
    pub moved: BTreeMap<Id, Moved>,
    /// In the order they were queued.
    pub attempts: Vec<Attempt>,
    /// Sessions in the way of steps that somebody had stopped, in that order.
    pub stops: Vec<Stop>,
    pub resolutions: BTreeMap<Id, Resolution>,
    /// The latest reading of the target.
    pub database: Option<Reading>,
    /// The latest one that was answered.
    pub said: Option<Says>,
    /// What the target's calendar says; none where it has none.
    pub window: Option<Window>,
    pub glass: Option<Glass>,
    pub rollback: Option<Rollback>,
    /// A way back that waits for its second person.
    pub asked_back: Option<AskedBack>,
    /// A start that waits for its second person.
    pub asked_start: Option<AskedStart>,
    pub ended: Option<Ended>,
}

impl RunState {
    /// The state after the first event; none where that is no `RunStarted`.
    pub fn start(first: &Event) -> Option<Self> {
        let Body::Known(Known::RunStarted { run, runbook, runbook_sha256, target, parameters, pace, .. }) =
            &first.body
        else {
            return None;
        };
        let by = By { who: first.actor.clone(), at: first.at };
        Some(Self {
            run: run.clone(),
            runbook: Arc::clone(runbook),
            runbook_sha256: runbook_sha256.clone(),
            target: target.clone(),
            parameters: parameters.clone(),
            started: by.clone(),
            pace: *pace,
            controls: Controls::of(by.clone()),
            seq: first.seq,
            hash: first.hash.clone(),
            material: first.seq,
            material_by: by.clone(),
            commands: first.command_id.iter().map(|id| (id.clone(), by.clone())).collect(),
            items: BTreeMap::new(),
            sign_offs: Vec::new(),
            delegations: Vec::new(),
            intents: BTreeMap::new(),
            moved: BTreeMap::new(),
            attempts: Vec::new(),
            stops: Vec::new(),
            resolutions: BTreeMap::new(),
            database: None,
            said: None,
            window: None,
            glass: None,
            rollback: None,
            asked_back: None,
            asked_start: None,
            ended: None,
        })
    }

    /// Folds all events of a run; none where there are none.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut events = events.into_iter();
        let mut state = Self::start(events.next()?)?;
        for event in events {
            state.apply(event);
        }
        Some(state)
    }

    pub fn apply(&mut self, event: &Event) {
        let by = By { who: event.actor.clone(), at: event.at };
        self.seq = event.seq;
        self.hash = event.hash.clone();
        if let Some(id) = &event.command_id {
            self.commands.insert(id.clone(), by.clone());
        }
        let Body::Known(known) = &event.body else { return };
        if is_material(known) {
            self.material = event.seq;
            self.material_by = by.clone();
        }
        self.apply_known(known, by, event.seq);
    }

    fn apply_known(&mut self, known: &Known, by: By, seq: Seq) {
        match known {
            Known::RunStarted { .. } | Known::Noted { .. } => {}
            Known::ItemAnswered { item, answer, note } => {
                let state = self.item_mut(item, &by);
                state.outcome = match answer {
                    Answer::Open => ItemOutcome::Open,
                    _ => ItemOutcome::Answered(*answer),
                };
                (state.note, state.by) = (note.clone(), by);
            }
            Known::ProbeAsked { item } => self.item_mut(item, &by).asked = true,
            Known::ProbeAnswered { item, verdict, reason, evidence } => {
                let state = self.item_mut(item, &by);
                state.outcome = ItemOutcome::Probed(*verdict);
                (state.note, state.evidence, state.by) = (reason.clone(), evidence.clone(), by);
                (state.asked, state.accepted) = (false, None);
            }
            Known::ItemAccepted { item, note } => {
                self.item_mut(item, &by).accepted = Some((by.clone(), note.clone()));
            }
            Known::IntentResolved { phase, intent } => {
                let resolved = Resolved { seq, at: by.at, sha256: intent.sha256(), intent: intent.clone() };
                self.intents.insert(phase.clone(), resolved);
            }
            Known::SignedOff { phase, role, note, intent, in_place_of } => {
                self.sign(phase, role, note, by, seq, Some((intent.clone(), in_place_of.clone())));
            }
            Known::SignOffRefused { phase, role, note } => self.sign(phase, role, note, by, seq, None),
            Known::SignOffWithdrawn { phase, role, note } => {
                let own = |s: &&mut SignOff| s.phase == *phase && s.role == *role && s.is_of(&by.who);
                for sign_off in self.sign_offs.iter_mut().filter(own).filter(|s| s.void.is_none()) {
                    sign_off.void = Some(format!("withdrawn: {note}"));
                }
            }
            Known::Delegated { role, to, note } => {
                let (role, to, note) = (role.clone(), to.clone(), note.clone());
                self.delegations.push(Delegation { role, from: by, to, note, over: None });
            }
            Known::DelegationEnded { role, from, note, .. } => {
                let ended = |d: &&mut Delegation| d.over.is_none() && d.role == *role && d.from.who == *from;
                if let Some(delegation) = self.delegations.iter_mut().find(ended) {
                    delegation.over = Some((by, note.clone()));
                }
            }
            Known::SignOffsVoided { phase, reason, differences } => {
                let looked = self.intents.contains_key(phase) && by.who == Actor::CONSOLE;
                let moved = Moved {
                    looked,
                    seq,
                    at: by.at,
                    reason: reason.clone(),
                    differences: differences.clone(),
                };
                self.moved.insert(phase.clone(), moved);
                self.asked_start = None;
                let counts = |s: &&mut SignOff| s.phase == *phase && s.void.is_none();
                for sign_off in self.sign_offs.iter_mut().filter(counts) {
                    sign_off.void = Some(reason.clone());
                }
            }
            Known::PaceSet { pace } => self.pace = *pace,
            Known::StartAsked { step, reason } => {
                self.asked_start = Some(AskedStart { step: step.clone(), reason: reason.clone(), by, seq });
            }
            Known::AttemptQueued { step, attempt, reason } => {
                self.asked_start = None;
                self.resolutions.remove(step);
                self.attempts.push(Attempt::queued(step, *attempt, by, reason));
            }
            Known::StepSkipped { step, reason } => {
                self.resolutions.insert(step.clone(), Resolution::new(ResolutionKind::Skipped, reason, by));
            }
            Known::StepMarkedDone { step, evidence } => {
                self.resolutions
                    .insert(step.clone(), Resolution::new(ResolutionKind::MarkedDone, evidence, by));
            }
            Known::DatabaseRead { reading } => self.read(reading.clone()),
            Known::WindowRead { window } => {
                self.window = window.clone();
                self.asked_start = None;
                // Broken for what stood in the way then.
                self.glass = None;
            }
            Known::GlassAsked { reason } => {
                self.glass = Some(Glass { asked: by, seq, reason: reason.clone(), broken: None });
            }
            Known::GlassBroken { reason } => {
                if let Some(glass) = &mut self.glass {
                    glass.broken = Some((by, reason.clone()));
                }
            }
            Known::RemedyChosen { step, remedy } => {
                Arc::make_mut(&mut self.runbook).add_remedy(step.clone(), remedy.clone());
            }
            Known::RollbackAsked { path, reason } => {
                self.asked_back = Some(AskedBack { path: path.clone(), reason: reason.clone(), by, seq });
            }
            Known::RollbackChosen { path, reason, .. } => {
                self.asked_start = None;
                // Who wanted the way back flies it, and its second person monitors.
                let asked = self.asked_back.take().map(|asked| asked.by.who);
                self.controls = Controls::of(By { who: asked.unwrap_or(by.who.clone()), at: by.at });
                let first_attempt = self.attempts.len();
                // The steps of a way back are walked afresh, whatever an earlier way back left.
                let steps = self.runbook.path(path).map(|path| path.steps.clone()).unwrap_or_default();
                self.resolutions.retain(|step, _| !steps.contains(step));
                self.rollback =
                    Some(Rollback { path: path.clone(), reason: reason.clone(), by, first_attempt });
            }
            Known::HandOverAsked { to } => self.controls.asked = Some(HandOver { to: to.clone(), by }),
            Known::ControlsHandedOver { to } => {
                self.controls = Controls::of(By { who: to.clone(), at: by.at });
            }
            Known::ControlsTaken { reason } => {
                self.controls = Controls { taken: Some(reason.clone()), ..Controls::of(by) };
            }
            Known::RunEnded { ending, note } => {
                self.ended = Some(Ended { ending: *ending, note: note.clone(), by });
            }
            Known::AttemptStarting { step, attempt } => {
                let takes_backup =
                    self.runbook.backup.as_ref().is_some_and(|backup| backup.taken_by == *step);
                let writes = self.said.as_ref().filter(|_| takes_backup).and_then(|said| said.writes.clone());
                self.with(step, *attempt, |a| (a.stage, a.writes_before) = (Stage::Starting, writes));
            }
            Known::AttemptHeld { step, attempt, by: holders } => {
                self.with(step, *attempt, |a| a.held = Some((by.at, holders.clone())));
            }
            Known::AttemptRunning { step, attempt } => self.with(step, *attempt, |a| {
                a.stage = Stage::Running;
                a.held = None;
                a.running_at = Some(by.at);
            }),
            Known::CancelAsked { step, attempt, .. } => self.with(step, *attempt, |a| a.cancel = Some(by)),
            Known::AirbagOpened { step, attempt, waiting, held_ms } => {
                let opened = Opened { at: by.at, waiting: waiting.clone(), held_ms: *held_ms };
                self.with(step, *attempt, |a| a.airbag = Some(opened));
            }
            Known::BlockerStopAsked { step, backend, how, reason, .. } => {
                let (step, reason) = (step.clone(), reason.clone());
                self.stops.push(Stop { step, backend: *backend, how: *how, by, reason, came: None });
            }
            Known::BlockerStopped { backend, how, came } => {
                let open =
                    |stop: &&mut Stop| stop.backend == *backend && stop.how == *how && stop.came.is_none();
                if let Some(stop) = self.stops.iter_mut().rev().find(open) {
                    stop.came = Some(came.clone());
                }
            }
            Known::CancelRung { step, attempt, rung, detail } => {
                self.with(step, *attempt, |a| a.rungs.push((by.at, *rung, detail.clone())));
            }
            Known::AttemptEnded { step, attempt, outcome, duration_ms, log_bytes, lost_bytes, .. } => {
                self.with(step, *attempt, |a| {
                    a.stage = Stage::Ended;
                    a.ended_at = Some(by.at);
                    a.outcome = Some(outcome.clone());
                    a.duration_ms = Some(*duration_ms);
                    (a.log_bytes, a.lost_bytes) = (*log_bytes, *lost_bytes);
                });
            }
            Known::AttemptLost { step, attempt, .. } => self.with(step, *attempt, |a| {
                a.stage = Stage::Lost;
                a.ended_at = Some(by.at);
            }),
            Known::AttemptJudged { step, attempt, verdict, reason, shown, database } => {
                if let Some(reading) = database {
                    self.read(reading.clone());
                }
                let (shown, database) = (shown.clone(), database.clone());
                let judged = Judged { at: by.at, verdict: *verdict, reason: reason.clone(), shown, database };
                self.with(step, *attempt, |a| a.judged = Some(judged));
            }
            Known::VerdictAccepted { step, attempt, note } => {
                self.with(step, *attempt, |a| a.person = Some((true, by, note.clone())));
            }
            Known::VerdictRejected { step, attempt, note } => {
                self.with(step, *attempt, |a| a.person = Some((false, by, note.clone())));
            }
        }
    }

    /// Takes a reading of the target; where it was not answered, what was said last stays known.
    pub fn read(&mut self, reading: Reading) {
        if let Reading::Says(says) = &reading {
            self.said = Some(says.clone());
        }
        self.database = Some(reading);
    }

    fn item_mut(&mut self, item: &Id, by: &By) -> &mut ItemState {
        self.items.entry(item.clone()).or_insert_with(|| ItemState {
            outcome: ItemOutcome::Open,
            note: String::new(),
            evidence: String::new(),
            by: by.clone(),
            accepted: None,
            asked: false,
        })
    }

    fn with(&mut self, step: &Id, number: u32, change: impl FnOnce(&mut Attempt)) {
        if let Some(attempt) = self.attempts.iter_mut().rev().find(|a| a.step == *step && a.number == number)
        {
            change(attempt);
        }
    }

    /// `signed`: the intent that was signed, and in whose place; none for a refusal.
    fn sign(&mut self, phase: &Id, role: &Id, note: &str, by: By, seq: Seq, signed: Option<Signed>) {
        let (phase, role, note) = (phase.clone(), role.clone(), note.to_owned());
        let given = signed.is_some();
        let (intent, in_place_of) = signed.unwrap_or_default();
        self.sign_offs.push(SignOff { phase, role, by, note, in_place_of, given, void: None, seq, intent });
    }

    /// People's names that occur in the run, for pages.
    pub fn people(&self) -> BTreeSet<&str> {
        let signers = self.sign_offs.iter().map(|s| s.by.who.as_str());
        signers.chain([self.started.who.as_str()]).collect()
    }
}

type Signed = (Option<String>, Option<String>);

/// The rest reports progress of what was decided before, or is only said.
fn is_material(known: &Known) -> bool {
    !matches!(
        known,
        Known::Noted { .. }
            | Known::Delegated { .. }
            | Known::DelegationEnded { .. }
            | Known::HandOverAsked { .. }
            | Known::ControlsHandedOver { .. }
            | Known::ControlsTaken { .. }
            | Known::ProbeAsked { .. }
            | Known::AttemptStarting { .. }
            | Known::AttemptHeld { .. }
            | Known::AttemptRunning { .. }
            | Known::CancelRung { .. }
            | Known::BlockerStopAsked { .. }
            | Known::BlockerStopped { .. }
            | Known::AttemptEnded { .. }
            | Known::DatabaseRead { .. }
            | Known::WindowRead { .. }
    )
}

/// Whether these events, in this order, form an unbroken chain.
///
/// # Errors
/// The seq of the first event that does not follow from the one before it.
pub fn verify<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<(), Seq> {
    let mut before = (0, NO_HASH);
    for event in events {
        if event.seq != before.0 + 1 || event.hash != event.hash_after(before.1) {
            return Err(event.seq);
        }
        before = (event.seq, &event.hash);
    }
    Ok(())
}
