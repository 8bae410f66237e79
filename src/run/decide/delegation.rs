//! Passing on the word that a role gives, for one run: who has the role names somebody else, who signs in their place. It passes on the
//! role, never the permission, and never past the rule that nobody approves their own.

use super::checklist::on_the_way_forward;
use super::own::{not_own, works_on};
use super::{Decision, may_say, not_allowed, not_found, said};
use crate::run::event::Known;
use crate::run::refusal::{Code, Refusal};
use crate::run::state::Delegation;
use crate::run::{Actor, Permission, RunState};
use crate::runbook::{Id, Phase};
use crate::text::clock;

pub fn delegate(state: &RunState, actor: &Actor, role: &Id, to: &str, note: &str) -> Decision {
    on_the_way_forward(state)?;
    let asked =
        |phase: &Phase| phase.gate.iter().flat_map(|gate| &gate.sign_offs).any(|rule| rule.role == *role);
    if !state.runbook.forward().any(asked) {
        return Err(not_found("gate that asks for the role", role));
    }
    if !actor.may(Permission::Approver) || !actor.sign_off_roles.contains(role) {
        let what = format!("pass on the word as {role}");
        return Err(not_allowed(actor, &what, &format!("approver with the role {role}")));
    }
    not_own(state, actor)?;
    let to = said("to whom", &to.to_lowercase())?;
    if to == actor.name {
        return Err(Refusal::new(Code::Invalid, "It is your word already.", "Name somebody else, or sign."));
    }
    if let Some(work) = works_on(state, &to) {
        let why = format!("{to} {work}, and nobody approves their own.");
        return Err(Refusal::new(Code::Invalid, why, "Name somebody who has no part in it."));
    }
    if let Some(first) = state.passed_on(role).find(|passed| passed.from.who == actor.name) {
        return Err(passed(first, "Take it back to name somebody else."));
    }
    let note = said("why you pass it on", note)?;
    Ok(vec![Known::Delegated { role: role.clone(), to, note }])
}

pub fn take_back(state: &RunState, actor: &Actor, role: &Id, note: &str) -> Decision {
    let Some(first) = state.passed_on(role).find(|passed| passed.from.who == actor.name) else {
        let why = format!("You have not passed on your word as {role}.");
        return Err(Refusal::new(Code::NotNow, why, ""));
    };
    let (from, to) = (first.from.who.clone(), first.to.clone());
    Ok(vec![Known::DelegationEnded { role: role.clone(), from, to, note: may_say("the note", note)? }])
}

/// In whose place this person would sign: none where it is their own word.
///
/// # Errors
/// They have neither the role nor somebody's word, or it was given or passed on already.
pub fn in_place_of<'a>(
    state: &'a RunState,
    actor: &Actor,
    phase: &Phase,
    role: &Id,
) -> Result<Option<&'a str>, Refusal> {
    if actor.sign_off_roles.contains(role) {
        let own = state.passed_on(role).find(|passed| passed.from.who == actor.name);
        return own.map_or(Ok(None), |own| Err(passed(own, "Take it back to sign yourself.")));
    }
    let mut first = None;
    for passed in state.passed_on(role).filter(|passed| passed.to == actor.name) {
        let from = passed.from.who.as_str();
        if !state.spoken(phase, from) {
            return Ok(Some(from));
        }
        first = first.or(Some(from));
    }
    Err(match first {
        None => not_allowed(actor, &format!("sign as {role}"), &format!("approver with the role {role}")),
        Some(from) => {
            let why = format!("The word of {from} under \"{}\" has been given.", phase.title);
            Refusal::new(Code::NotAllowed, why, "It counts once.")
        }
    })
}

fn passed(first: &Delegation, hint: &str) -> Refusal {
    let at = clock::time_utc(first.from.at);
    let why = format!("You passed on your word as {} to {} at {at}.", first.role, first.to);
    Refusal::new(Code::NotAllowed, why, hint)
}
