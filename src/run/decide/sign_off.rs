//! Signatures under a phase. That nobody signs their own work is said in `own`.

use super::checklist::on_the_way_forward;
use super::delegation::in_place_of;
use super::own::{not_own, works_on};
use super::{Decision, may_say, not_allowed, not_found, said};
use crate::run::event::Known;
use crate::run::refusal::{Code, Refusal};
use crate::run::state::SignOff;
use crate::run::{Actor, Permission, RunState};
use crate::runbook::{Id, Phase};
use crate::text::clock;

pub fn sign(state: &RunState, actor: &Actor, phase: &Id, role: &Id, note: &str) -> Decision {
    let (phase, other) = may_sign(state, actor, phase, role)?;
    if !state.phase_complete(phase) {
        let why = format!("\"{}\" cannot be signed yet: {}.", phase.title, state.gate_lacks(phase));
        return Err(Refusal::new(Code::NotNow, why, "A signature stands under a complete phase."));
    }
    if let Some(own) = own(state, actor, phase).find(|own| own.given) {
        let (who, at) =
            (if own.by.who == actor.name { "You" } else { &own.by.who }, clock::time_utc(own.by.at));
        let why = format!("{who} signed \"{}\" as {} at {at}.", phase.title, own.role);
        return Err(Refusal::new(Code::AlreadyDone, why, "One person signs a phase once."));
    }
    let takes_back = own(state, actor, phase).find(|own| !own.given).map(|own| Known::SignOffWithdrawn {
        phase: phase.id.clone(),
        role: own.role.clone(),
        note: "signs after all".to_owned(),
    });
    let Some(resolved) = state.intents.get(&phase.id) else {
        let why = format!("What is signed with \"{}\" is still being looked at.", phase.title);
        return Err(Refusal::new(Code::NotNow, why, "The page shows it in a moment: read it, then sign."));
    };
    let note = may_say("the note", note)?;
    let intent = Some(resolved.sha256.clone());
    let in_place_of = other.map(str::to_owned);
    let signed = Known::SignedOff { phase: phase.id.clone(), role: role.clone(), note, intent, in_place_of };
    Ok(takes_back.into_iter().chain([signed]).collect())
}

pub fn refuse(state: &RunState, actor: &Actor, phase: &Id, role: &Id, note: &str) -> Decision {
    let (phase, _) = may_sign(state, actor, phase, role)?;
    if let Some(own) = own(state, actor, phase).next() {
        let word = if own.given { "signed" } else { "refused" };
        let why = format!("You {word} \"{}\" at {}.", phase.title, clock::time_utc(own.by.at));
        return Err(Refusal::new(Code::AlreadyDone, why, "Withdraw that first."));
    }
    let note = said("why you refuse", note)?;
    Ok(vec![Known::SignOffRefused { phase: phase.id.clone(), role: role.clone(), note }])
}

pub fn withdraw(state: &RunState, actor: &Actor, phase: &Id, role: &Id, note: &str) -> Decision {
    let phase = state.runbook.phase(phase).ok_or_else(|| not_found("phase", phase))?;
    if !own(state, actor, phase).any(|own| own.role == *role) {
        let why = format!("You have no signature as {role} under \"{}\".", phase.title);
        return Err(Refusal::new(Code::NotNow, why, ""));
    }
    let begun = |later: &Phase| later.steps.iter().any(|step| state.last_attempt(&step.id).is_some());
    let after = state.runbook.forward().skip_while(|other| other.id != phase.id).skip(1);
    if state.gate_open(phase) && after.into_iter().any(begun) {
        let why = format!("What stands behind \"{}\" has been started.", phase.title);
        return Err(Refusal::new(Code::NotNow, why, "Leave a note, cancel what runs, or take a way back."));
    }
    let note = may_say("the note", note)?;
    Ok(vec![Known::SignOffWithdrawn { phase: phase.id.clone(), role: role.clone(), note }])
}

/// The phase, and in whose place it is signed.
fn may_sign<'a>(
    state: &'a RunState,
    actor: &Actor,
    phase: &Id,
    role: &Id,
) -> Result<(&'a Phase, Option<&'a str>), Refusal> {
    let phase = state.runbook.phase(phase).ok_or_else(|| not_found("phase", phase))?;
    on_the_way_forward(state)?;
    let wanted = phase.gate.iter().flat_map(|gate| &gate.sign_offs).any(|rule| rule.role == *role);
    if !wanted {
        let why = format!("\"{}\" asks for no sign-off as {role}.", phase.title);
        return Err(Refusal::new(Code::NotFound, why, "Reload the page."));
    }
    if !actor.may(Permission::Approver) {
        return Err(not_allowed(
            actor,
            &format!("sign as {role}"),
            &format!("approver with the role {role}"),
        ));
    }
    let other = in_place_of(state, actor, phase, role)?;
    not_own(state, actor)?;
    if let Some((other, work)) = other.and_then(|other| Some((other, works_on(state, other)?))) {
        let why = format!("{other}, whose word it is, {work}, and nobody approves their own.");
        return Err(Refusal::new(Code::NotAllowed, why, "Ask somebody else who has the role."));
    }
    Ok((phase, other))
}

/// The actor's signatures and refusals under a phase that stand.
fn own<'a>(state: &'a RunState, actor: &'a Actor, phase: &'a Phase) -> impl Iterator<Item = &'a SignOff> {
    state.sign_offs.iter().filter(|s| s.phase == phase.id && s.is_of(&actor.name) && s.void.is_none())
}
