//! Starting, cancelling and settling steps.

use super::challenge::answered;
use super::checklist::with_void;
use super::controls::pilot;
use super::own::not_approved;
use super::window::in_window;
use super::{Decision, may_say, not_allowed, not_found, operator, said};
use crate::run::event::Known;
use crate::run::refusal::{Code, Refusal};
use crate::run::state::Attempt;
use crate::run::view::StepStatus;
use crate::run::{Actor, Permission, RunState};
use crate::runbook::{Id, Phase, PhaseKind, Step};
use crate::text::clock;

pub fn start(state: &RunState, actor: &Actor, id: &Id, reason: &str) -> Decision {
    operator(actor)?;
    let (phase, step) = find(state, id)?;
    not_approved(state, actor)?;
    may_start(state, step)?;
    pilot(state, actor)?;
    if state.step_status(id) == StepStatus::Unknown {
        said("why it is safe to start this again; nobody knows how the last attempt ended", reason)?;
    }
    in_window(state, step)?;
    let reason = may_say("the reason", reason)?;
    if !state.takes_two(step) {
        return Ok(queued(state, phase, step, reason));
    }
    if let Some(asked) = state.asked_start.as_ref().filter(|asked| asked.step == *id) {
        let (who, at) = (&asked.by.who, clock::time_utc(asked.by.at));
        let why = format!("{who} asked for this at {at}: it cannot be undone, and takes a second person.");
        return Err(Refusal::new(Code::AlreadyDone, why, "Have another operator or an approver confirm it."));
    }
    Ok(vec![Known::StartAsked { step: id.clone(), reason }])
}

/// The second person starts what cannot be undone.
pub fn confirm(state: &RunState, actor: &Actor, id: &Id, shown: &str) -> Decision {
    if !actor.may(Permission::Operator) && !actor.may(Permission::Approver) {
        return Err(not_allowed(actor, "confirm a start", "operator or approver"));
    }
    let (phase, step) = find(state, id)?;
    let Some(asked) = state.asked_start.as_ref().filter(|asked| asked.step == *id) else {
        let why = format!("Nobody has asked to start \"{}\", or it moved meanwhile.", step.title);
        return Err(Refusal::new(Code::NotNow, why, "Whoever has the controls asks for it first."));
    };
    if asked.by.who == actor.name {
        let at = clock::time_utc(asked.by.at);
        let why = format!("You asked for this at {at}: it cannot be undone, and takes a second person.");
        return Err(Refusal::new(Code::AlreadyDone, why, "Have another operator or an approver confirm it."));
    }
    may_start(state, step)?;
    in_window(state, step)?;
    answered(state, actor, asked.seq, shown)?;
    Ok(queued(state, phase, step, asked.reason.clone()))
}

/// Whether it is the turn of a step, whoever starts it.
fn may_start(state: &RunState, step: &Step) -> Result<(), Refusal> {
    nothing_live(state, step)?;
    match state.step_status(&step.id) {
        status if status.done() => return Err(done_already(state, step, status)),
        StepStatus::Inconclusive => {
            let why = format!("\"{}\" is inconclusive: a person has to say whether it is good.", step.title);
            return Err(Refusal::new(Code::NotNow, why, "Accept or reject its verdict first."));
        }
        _ => {}
    }
    match state.waits_for(&step.id) {
        Some(waits) => {
            let why = format!("\"{}\" cannot start yet: {waits}.", step.title);
            Err(Refusal::new(Code::NotNow, why, ""))
        }
        None => Ok(()),
    }
}

fn queued(state: &RunState, phase: &Phase, step: &Step, reason: String) -> Vec<Known> {
    let attempt = state.last_attempt(&step.id).map_or(0, |attempt| attempt.number) + 1;
    let event = Known::AttemptQueued { step: step.id.clone(), attempt, reason };
    with_void(state, phase, event, &format!("\"{}\" was started again", step.title))
}

pub fn cancel(state: &RunState, actor: &Actor, id: &Id, reason: &str) -> Decision {
    operator(actor)?;
    let (_, step) = find(state, id)?;
    let live = state.live_attempt().filter(|attempt| attempt.step == *id && attempt.outcome.is_none());
    let Some(attempt) = live.filter(|attempt| attempt.ended_at.is_none()) else {
        let word = state.step_status(id).word();
        return Err(Refusal::new(
            Code::NotNow,
            format!("\"{}\" does not run: it is {word}.", step.title),
            "",
        ));
    };
    if let Some(opened) = &attempt.airbag {
        let why = format!("The airbag has been stopping this since {}.", clock::time_utc(opened.at));
        return Err(Refusal::new(
            Code::AlreadyDone,
            why,
            "The console climbs the ladder by itself, up to SIGKILL.",
        ));
    }
    if let Some(first) = &attempt.cancel {
        let why = format!("{} cancelled this at {}.", first.who, clock::time_utc(first.at));
        return Err(Refusal::new(
            Code::AlreadyDone,
            why,
            "The console climbs the ladder by itself, from SIGINT to SIGKILL.",
        ));
    }
    let reason = may_say("the reason", reason)?;
    Ok(vec![Known::CancelAsked { step: id.clone(), attempt: attempt.number, reason }])
}

/// A person's word on an inconclusive verdict.
pub fn settle(state: &RunState, actor: &Actor, id: &Id, note: &str, good: bool) -> Decision {
    if !actor.may(Permission::Operator) && !actor.may(Permission::Approver) {
        return Err(not_allowed(actor, "settle a verdict", "operator or approver"));
    }
    let (phase, step) = find(state, id)?;
    let attempt = state.last_attempt(id).filter(|_| state.step_status(id) == StepStatus::Inconclusive);
    let Some(number) = attempt.map(|attempt| attempt.number) else {
        let first = state.last_attempt(id).and_then(|attempt| attempt.person.as_ref());
        let why = match first {
            Some((_, by, _)) => format!("{} settled this at {}.", by.who, clock::time_utc(by.at)),
            None => format!("\"{}\" is {}, not inconclusive.", step.title, state.step_status(id).word()),
        };
        return Err(Refusal::new(Code::NotNow, why, ""));
    };
    let note = said("how you know", note)?;
    let (step_id, attempt) = (id.clone(), number);
    let event = if good {
        Known::VerdictAccepted { step: step_id, attempt, note }
    } else {
        Known::VerdictRejected { step: step_id, attempt, note }
    };
    Ok(with_void(state, phase, event, &format!("the verdict of \"{}\" was settled anew", step.title)))
}

pub fn skip(state: &RunState, actor: &Actor, id: &Id, reason: &str) -> Decision {
    let (phase, step) = may_resolve(state, actor, id)?;
    let reason = said("why it is skipped", reason)?;
    let event = Known::StepSkipped { step: id.clone(), reason };
    Ok(with_void(state, phase, event, &format!("\"{}\" was skipped", step.title)))
}

pub fn mark_done(state: &RunState, actor: &Actor, id: &Id, evidence: &str) -> Decision {
    let (phase, step) = may_resolve(state, actor, id)?;
    let evidence = said("how it is known that the step is done", evidence)?;
    let event = Known::StepMarkedDone { step: id.clone(), evidence };
    Ok(with_void(state, phase, event, &format!("\"{}\" was marked as done", step.title)))
}

fn may_resolve<'a>(state: &'a RunState, actor: &Actor, id: &Id) -> Result<(&'a Phase, &'a Step), Refusal> {
    operator(actor)?;
    let (phase, step) = find(state, id)?;
    not_approved(state, actor)?;
    nothing_live(state, step)?;
    let status = state.step_status(id);
    if status.done() {
        return Err(done_already(state, step, status));
    }
    pilot(state, actor)?;
    // Nobody steps over a closed gate, not even by leaving a step out.
    match state.waits_for(id) {
        Some(waits) => {
            Err(Refusal::new(Code::NotNow, format!("It is not the turn of \"{}\": {waits}.", step.title), ""))
        }
        None => Ok((phase, step)),
    }
}

pub(super) fn find<'a>(state: &'a RunState, id: &Id) -> Result<(&'a Phase, &'a Step), Refusal> {
    let (phase, step) = state.runbook.step(id).ok_or_else(|| not_found("step", id))?;
    if phase.kind == PhaseKind::Rollback && state.rollback.is_none() {
        let why = format!("\"{}\" belongs to a way back.", step.title);
        return Err(Refusal::new(Code::NotNow, why, "Choose the way back; it starts its steps itself."));
    }
    Ok((phase, step))
}

fn nothing_live(state: &RunState, step: &Step) -> Result<(), Refusal> {
    let Some(live) = state.live_attempt() else { return Ok(()) };
    let (who, at) = (&live.queued.who, clock::time_utc(live.queued.at));
    if live.step == step.id {
        let why = format!("\"{}\" was started already, by {who} at {at}.", step.title);
        return Err(Refusal::new(Code::AlreadyDone, why, "Follow it on the page, or cancel it."));
    }
    Err(busy(state, live))
}

/// One thing at a time: the live attempt, by its title.
pub(super) fn busy(state: &RunState, live: &Attempt) -> Refusal {
    let title = state.runbook.step(&live.step).map_or(live.step.as_str(), |(_, step)| step.title.as_str());
    let (who, at) = (&live.queued.who, clock::time_utc(live.queued.at));
    let why = format!("\"{title}\" is {}, started by {who} at {at}.", live.status().word());
    Refusal::new(Code::NotNow, why, "Wait for its end, or cancel it first.")
}

fn done_already(state: &RunState, step: &Step, status: StepStatus) -> Refusal {
    let by = match (state.resolutions.get(&step.id), state.last_attempt(&step.id)) {
        (Some(resolution), _) => {
            format!(", by {} at {}", resolution.by.who, clock::time_utc(resolution.by.at))
        }
        (None, Some(attempt)) => {
            format!(", started by {} at {}", attempt.queued.who, clock::time_utc(attempt.queued.at))
        }
        (None, None) => String::new(),
    };
    Refusal::new(Code::AlreadyDone, format!("\"{}\" is {} already{by}.", step.title, status.word()), "")
}
