//! Questions that pages, executor and rules ask of a run's state: where it stands, what is done, what comes next.

use super::Actor;
use super::decide::in_place_of;
use super::event::Answer;
use super::reading::{IndexState, Outcome, Reading, Verdict};
use super::state::{Attempt, Delegation, ItemOutcome, ResolutionKind, RunState, SignOff, Stage};
use crate::runbook::{Id, Item, Phase, PhaseKind, Probe, SignOffRule, Step};

/// What a step looks like to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepStatus {
    Waiting,
    Queued,
    Starting,
    Running,
    /// The process ended; the database is being read.
    Checking,
    Succeeded,
    Failed,
    Cancelled,
    TimedOut,
    Unknown,
    Inconclusive,
    Skipped,
    MarkedDone,
}

impl StepStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Queued => "queued",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Checking => "checking",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed out",
            Self::Unknown => "unknown",
            Self::Inconclusive => "inconclusive",
            Self::Skipped => "skipped",
            Self::MarkedDone => "marked as done",
        }
    }

    /// The run may go on behind it.
    pub fn done(self) -> bool {
        matches!(self, Self::Succeeded | Self::Skipped | Self::MarkedDone)
    }

    pub fn live(self) -> bool {
        matches!(self, Self::Queued | Self::Starting | Self::Running | Self::Checking)
    }
}

/// What a checklist line looks like to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemStatus {
    Open,
    Asked,
    Done,
    NotApplicable,
    Passed,
    Failed,
    Inconclusive,
    /// Not a pass, and a person took it.
    Accepted,
}

impl ItemStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Asked => "asked",
            Self::Done => "done",
            Self::NotApplicable => "not applicable",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
            Self::Accepted => "accepted",
        }
    }

    pub fn done(self) -> bool {
        matches!(self, Self::Done | Self::NotApplicable | Self::Passed | Self::Accepted)
    }
}

/// One sign-off that a gate asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted<'a> {
    pub rule: &'a SignOffRule,
    pub given: Vec<&'a SignOff>,
}

impl Attempt {
    pub fn status(&self) -> StepStatus {
        match (self.stage, &self.outcome, &self.judged) {
            (Stage::Queued, ..) => StepStatus::Queued,
            (Stage::Starting, ..) => StepStatus::Starting,
            (Stage::Running, ..) => StepStatus::Running,
            (Stage::Lost, ..) => StepStatus::Unknown,
            (Stage::Ended, _, None) => StepStatus::Checking,
            (Stage::Ended, Some(Outcome::TimedOut { .. }), _) => StepStatus::TimedOut,
            (Stage::Ended, _, Some(judged)) => match (judged.verdict, &self.person) {
                (Verdict::Pass, _) | (Verdict::Inconclusive, Some((true, ..))) => StepStatus::Succeeded,
                (Verdict::Inconclusive, None) => StepStatus::Inconclusive,
                _ if self.cancel.is_some() && self.airbag.is_none() => StepStatus::Cancelled,
                _ => StepStatus::Failed,
            },
        }
    }
}

impl RunState {
    pub fn last_attempt(&self, step: &Id) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|attempt| attempt.step == *step)
    }

    /// The one attempt that is under way, if any.
    pub fn live_attempt(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|attempt| attempt.live())
    }

    pub fn step_status(&self, step: &Id) -> StepStatus {
        if let Some(resolution) = self.resolutions.get(step) {
            return match resolution.kind {
                ResolutionKind::Skipped => StepStatus::Skipped,
                ResolutionKind::MarkedDone => StepStatus::MarkedDone,
            };
        }
        match self.last_attempt(step) {
            Some(_) if self.is_from_before_rollback(step) => StepStatus::Waiting,
            Some(attempt) => attempt.status(),
            None => StepStatus::Waiting,
        }
    }

    /// A step of the way back that was last tried on an earlier way back counts as not yet tried.
    fn is_from_before_rollback(&self, step: &Id) -> bool {
        let Some(rollback) = &self.rollback else { return false };
        let on_path = self.runbook.path(&rollback.path).is_some_and(|path| path.steps.contains(step));
        on_path
            && self
                .attempts
                .iter()
                .rposition(|a| a.step == *step)
                .is_some_and(|at| at < rollback.first_attempt)
    }

    pub fn item_status(&self, item: &Item) -> ItemStatus {
        if let Some(Probe::Step(step)) = &item.probe {
            return self.proven_by_step(item, step);
        }
        let Some(state) = self.items.get(&item.id) else { return ItemStatus::Open };
        match (state.outcome, &state.accepted) {
            _ if state.asked => ItemStatus::Asked,
            (ItemOutcome::Open | ItemOutcome::Answered(Answer::Open), _) => ItemStatus::Open,
            (ItemOutcome::Answered(Answer::Done), _) => ItemStatus::Done,
            (ItemOutcome::Answered(Answer::NotApplicable), _) => ItemStatus::NotApplicable,
            (ItemOutcome::Probed(Verdict::Pass), _) => ItemStatus::Passed,
            (ItemOutcome::Probed(_), Some(_)) => ItemStatus::Accepted,
            (ItemOutcome::Probed(Verdict::Fail), None) => ItemStatus::Failed,
            (ItemOutcome::Probed(Verdict::Inconclusive), None) => ItemStatus::Inconclusive,
        }
    }

    fn proven_by_step(&self, item: &Item, step: &Id) -> ItemStatus {
        if self.items.get(&item.id).is_some_and(|state| state.accepted.is_some()) {
            return ItemStatus::Accepted;
        }
        match self.step_status(step) {
            StepStatus::Succeeded => ItemStatus::Passed,
            // Skipping a step proves nothing; a person has to accept the line.
            StepStatus::Skipped | StepStatus::MarkedDone | StepStatus::Inconclusive | StepStatus::Unknown => {
                ItemStatus::Inconclusive
            }
            StepStatus::Failed | StepStatus::Cancelled | StepStatus::TimedOut => ItemStatus::Failed,
            _ => ItemStatus::Open,
        }
    }

    /// The sign-offs that count for a phase, by rule. A person counts once, for the first role signed.
    pub fn wanted<'a>(&'a self, phase: &'a Phase) -> Vec<Wanted<'a>> {
        let rules = phase.gate.iter().flat_map(|gate| &gate.sign_offs);
        rules.map(|rule| Wanted { rule, given: self.counting(&phase.id, &rule.role) }).collect()
    }

    fn counting(&self, phase: &Id, role: &Id) -> Vec<&SignOff> {
        let counts = |s: &&SignOff| s.phase == *phase && s.role == *role && s.given && s.void.is_none();
        self.sign_offs.iter().filter(counts).collect()
    }

    /// The words in a role that somebody else is to give.
    pub fn passed_on(&self, role: &Id) -> impl Iterator<Item = &Delegation> {
        self.delegations.iter().filter(move |passed| passed.over.is_none() && passed.role == *role)
    }

    /// Whose word this person would give under a phase in a role; none where it is their own, or they may not.
    pub fn in_place_of(&self, actor: &Actor, phase: &Phase, role: &Id) -> Option<&str> {
        in_place_of(self, actor, phase, role).ok().flatten()
    }

    /// Whether this person's word under a phase has been given, by themselves or in their place.
    pub fn spoken(&self, phase: &Phase, name: &str) -> bool {
        let counts = |s: &SignOff| s.phase == phase.id && s.given && s.void.is_none();
        self.sign_offs.iter().any(|s| counts(s) && s.is_word_of(name))
    }

    /// The last refusal to sign a phase that has not been taken back.
    pub fn refused(&self, phase: &Id) -> Option<&SignOff> {
        self.sign_offs.iter().rev().find(|s| s.phase == *phase && !s.given && s.void.is_none())
    }

    /// Items and steps are done; only signatures may be missing.
    pub fn phase_complete(&self, phase: &Phase) -> bool {
        phase.items.iter().all(|item| self.item_status(item).done())
            && phase.steps.iter().all(|step| self.step_status(&step.id).done())
    }

    pub fn signed(&self, phase: &Phase) -> bool {
        self.refused(&phase.id).is_none()
            && self.wanted(phase).iter().all(|wanted| wanted.given.len() >= usize::from(wanted.rule.people))
    }

    /// The way to the next phase is open.
    pub fn gate_open(&self, phase: &Phase) -> bool {
        self.phase_complete(phase) && self.signed(phase)
    }

    /// The first phase whose gate is closed; none when all are open.
    pub fn current_phase(&self) -> Option<&Phase> {
        self.runbook.forward().find(|phase| !self.gate_open(phase))
    }

    /// The steps that are walked now, in order: of the way back once one is chosen, else of the phases.
    pub fn walk(&self) -> Vec<&Step> {
        match self.rollback.as_ref().and_then(|rollback| self.runbook.path(&rollback.path)) {
            Some(path) => {
                path.steps.iter().filter_map(|id| self.runbook.step(id)).map(|(_, step)| step).collect()
            }
            None => self.runbook.forward().flat_map(|phase| &phase.steps).collect(),
        }
    }

    /// The first step of the walk that is not done.
    pub fn next_step(&self) -> Option<&Step> {
        self.walk().into_iter().find(|step| !self.step_status(&step.id).done())
    }

    /// The last remedy, where it was tried and is not done. Nothing waits for it: the ways forward and back stay open.
    pub fn open_remedy(&self) -> Option<&Step> {
        let phase = self.runbook.phases.iter().find(|phase| phase.kind == PhaseKind::Remedy)?;
        phase.steps.last().filter(|step| !self.step_status(&step.id).done())
    }

    /// The step that deserves the largest place: the live one, else a remedy that is not done, else the one last tried and not done, else the next.
    pub fn present_step(&self) -> Option<&Step> {
        let live = self.live_attempt().map(|attempt| attempt.step.clone());
        let id = live.or_else(|| self.open_remedy().or_else(|| self.next_step()).map(|step| step.id.clone()));
        let id = id.or_else(|| self.attempts.last().map(|attempt| attempt.step.clone()))?;
        self.runbook.step(&id).map(|(_, step)| step)
    }

    /// The last reading of the target cannot be the last word, and no step is at work behind which it will be read again: it did not
    /// answer, or somebody was building an index.
    pub fn wants_reading(&self) -> bool {
        let open = match &self.database {
            Some(Reading::Says(says)) => says.count(IndexState::Building) > 0,
            Some(Reading::Unreachable { .. }) => true,
            None => false,
        };
        open && self.ended.is_none() && self.live_attempt().is_none()
    }

    /// Every gate is open and no way back was chosen.
    pub fn succeeded(&self) -> bool {
        self.rollback.is_none() && self.current_phase().is_none()
    }

    /// A way back was chosen and all its steps are done.
    pub fn rolled_back(&self) -> bool {
        self.rollback.is_some() && self.next_step().is_none()
    }

    /// The first thing that a step waits for: a line to show, or none when it may start.
    pub fn waits_for(&self, step: &Id) -> Option<String> {
        let (own, definition) = self.runbook.step(step)?;
        if own.kind == PhaseKind::Remedy {
            return None;
        }
        if self.rollback.is_some() || own.kind == PhaseKind::Rollback {
            return self.waits_on_the_way_back(step);
        }
        let before = self.runbook.forward().take_while(|phase| phase.id != own.id);
        if let Some(closed) = before.into_iter().find(|phase| !self.gate_open(phase)) {
            return Some(format!(
                "the gate behind \"{}\" is closed: {}",
                closed.title,
                self.gate_lacks(closed)
            ));
        }
        let above = own.steps.iter().take_while(|other| other.id != *step);
        if let Some(open) = above.into_iter().find(|other| !self.step_status(&other.id).done()) {
            return Some(format!("the step \"{}\" comes first", open.title));
        }
        definition.needs.iter().find_map(|need| self.lacks_need(need))
    }

    fn waits_on_the_way_back(&self, step: &Id) -> Option<String> {
        let walk = self.walk();
        if self.rollback.is_none() {
            return Some("it belongs to a way back, and none was chosen".to_owned());
        }
        if !walk.iter().any(|other| other.id == *step) {
            return Some("a way back was chosen, and it is not on it".to_owned());
        }
        let above = walk.into_iter().take_while(|other| other.id != *step);
        let open = above.into_iter().find(|other| !self.step_status(&other.id).done())?;
        Some(format!("the step \"{}\" comes first", open.title))
    }

    fn lacks_need(&self, need: &Id) -> Option<String> {
        if let Some((_, step)) = self.runbook.step(need) {
            return (!self.step_status(need).done()).then(|| format!("it needs the step \"{}\"", step.title));
        }
        let (_, item) = self.runbook.item(need)?;
        (!self.item_status(item).done()).then(|| format!("it needs the line \"{}\"", item.title))
    }

    /// What keeps the gate behind a phase closed, in words.
    pub fn gate_lacks(&self, phase: &Phase) -> String {
        let items = phase.items.iter().filter(|item| !self.item_status(item).done()).count();
        let steps = phase.steps.iter().filter(|step| !self.step_status(&step.id).done()).count();
        let mut lacks = Vec::new();
        if items > 0 {
            lacks.push(format!("{items} of {} lines open", phase.items.len()));
        }
        if steps > 0 {
            lacks.push(format!("{steps} of {} steps not done", phase.steps.len()));
        }
        if let Some(refusal) = self.refused(&phase.id) {
            lacks.push(format!("{} refused to sign as {}", refusal.by.who, refusal.role));
        }
        for wanted in self.wanted(phase) {
            let missing = usize::from(wanted.rule.people).saturating_sub(wanted.given.len());
            if missing > 0 {
                lacks.push(format!("{missing} sign-off as {} missing", wanted.rule.role));
            }
        }
        lacks.join(", ")
    }
}
