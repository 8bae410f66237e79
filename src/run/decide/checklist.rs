//! The lines of the checklist.

use super::own::not_own;
use super::{Decision, invalid, may_say, not_allowed, not_found, operator, said};
use crate::run::event::{Answer, Known};
use crate::run::refusal::{Code, Refusal};
use crate::run::view::ItemStatus;
use crate::run::{Actor, Permission, RunState};
use crate::runbook::{Id, Item, Phase, Probe};
use crate::text::clock;

pub fn answer(state: &RunState, actor: &Actor, id: &Id, answer: Answer, note: &str) -> Decision {
    operator(actor)?;
    let (phase, item) = find(state, id)?;
    on_the_way_forward(state)?;
    if item.probe.is_some() {
        let why = format!("\"{}\" is proven by the console, not answered by a person.", item.title);
        return Err(Refusal::new(Code::NotNow, why, "Ask its probe."));
    }
    let note = match answer {
        Answer::NotApplicable => said("why the line does not apply", note)?,
        _ => may_say("the note", note)?,
    };
    let same = match (state.item_status(item), answer) {
        (ItemStatus::Done, Answer::Done) | (ItemStatus::NotApplicable, Answer::NotApplicable) => true,
        (ItemStatus::Open, Answer::Open) => {
            return Err(invalid(format!("\"{}\" is open already.", item.title)));
        }
        _ => false,
    };
    if let (true, Some(first)) = (same, state.items.get(id)) {
        let why = format!(
            "\"{}\" was answered already, by {} at {}.",
            item.title,
            first.by.who,
            clock::time_utc(first.by.at)
        );
        return Err(Refusal::new(Code::AlreadyDone, why, "Take that answer back first if it is wrong."));
    }
    let event = Known::ItemAnswered { item: id.clone(), answer, note };
    Ok(with_void(state, phase, event, &format!("\"{}\" was answered anew by {}", item.title, actor.name)))
}

pub fn probe(state: &RunState, actor: &Actor, id: &Id) -> Decision {
    may_probe(actor)?;
    let (_, item) = find(state, id)?;
    on_the_way_forward(state)?;
    match &item.probe {
        None => Err(Refusal::new(
            Code::NotNow,
            format!("\"{}\" has no probe: only a person can know it.", item.title),
            "Answer it.",
        )),
        Some(Probe::Step(step)) => Err(Refusal::new(
            Code::NotNow,
            format!("\"{}\" is proven by the step `{step}`.", item.title),
            "Start that step.",
        )),
        Some(_) if state.item_status(item) == ItemStatus::Asked => Err(Refusal::new(
            Code::AlreadyDone,
            format!("The probe of \"{}\" is under way.", item.title),
            "Wait for it.",
        )),
        Some(_) => Ok(vec![Known::ProbeAsked { item: id.clone() }]),
    }
}

pub fn probe_all(state: &RunState, actor: &Actor, phase: &Id) -> Decision {
    may_probe(actor)?;
    on_the_way_forward(state)?;
    let phase = state.runbook.phase(phase).ok_or_else(|| not_found("phase", phase))?;
    let probed = |item: &&Item| !matches!(item.probe, None | Some(Probe::Step(_)));
    let open = |item: &&Item| {
        !matches!(state.item_status(item), ItemStatus::Passed | ItemStatus::Asked | ItemStatus::Accepted)
    };
    let ask = |item: &Item| Known::ProbeAsked { item: item.id.clone() };
    let asked: Vec<Known> = phase.items.iter().filter(probed).filter(open).map(ask).collect();
    if asked.is_empty() {
        let why = format!("No probe of \"{}\" is left to ask.", phase.title);
        return Err(Refusal::new(Code::AlreadyDone, why, "Ask a single line again if you doubt it."));
    }
    Ok(asked)
}

pub fn accept(state: &RunState, actor: &Actor, id: &Id, note: &str) -> Decision {
    let (phase, item) = find(state, id)?;
    on_the_way_forward(state)?;
    match state.item_status(item) {
        ItemStatus::Inconclusive if actor.may(Permission::Operator) || actor.may(Permission::Approver) => {}
        ItemStatus::Inconclusive => {
            return Err(not_allowed(actor, "accept this line", "operator or approver"));
        }
        ItemStatus::Failed if actor.may(Permission::Approver) => not_own(state, actor)?,
        ItemStatus::Failed => {
            return Err(not_allowed(actor, "override a failed line", "approver"));
        }
        _ => {
            let why = format!("\"{}\" is neither inconclusive nor failed.", item.title);
            return Err(Refusal::new(
                Code::NotNow,
                why,
                "Only what the console could not settle is accepted by a person.",
            ));
        }
    }
    let note = said("why you accept it", note)?;
    let event = Known::ItemAccepted { item: id.clone(), note };
    Ok(with_void(state, phase, event, &format!("\"{}\" was accepted by {}", item.title, actor.name)))
}

fn may_probe(actor: &Actor) -> Result<(), Refusal> {
    let may = actor.may(Permission::Operator) || actor.may(Permission::Approver);
    if may { Ok(()) } else { Err(not_allowed(actor, "ask a probe", "operator or approver")) }
}

fn find<'a>(state: &'a RunState, id: &Id) -> Result<(&'a Phase, &'a Item), Refusal> {
    state.runbook.item(id).ok_or_else(|| not_found("line", id))
}

pub(super) fn on_the_way_forward(state: &RunState) -> Result<(), Refusal> {
    match &state.rollback {
        None => Ok(()),
        Some(rollback) => {
            let at = clock::time_utc(rollback.by.at);
            let why = format!("{} chose a way back at {at}; the way forward is closed.", rollback.by.who);
            Err(Refusal::new(Code::NotNow, why, "Walk the way back to its end, then start a new run."))
        }
    }
}

/// What was signed has moved: the signatures of the phase fall with it.
pub(super) fn with_void(state: &RunState, phase: &Phase, event: Known, reason: &str) -> Vec<Known> {
    let signed = state.sign_offs.iter().any(|s| s.phase == phase.id && s.given && s.void.is_none());
    let void = signed.then(|| Known::SignOffsVoided {
        phase: phase.id.clone(),
        reason: reason.to_owned(),
        differences: Vec::new(),
    });
    [event].into_iter().chain(void).collect()
}
