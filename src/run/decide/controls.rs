//! One person has the controls: what moves the run forward is theirs alone. What leads out of trouble, checklists, signatures and notes
//! are everybody's who may; and whoever may operate can take the controls over, seen by all.

use super::own::not_approved;
use super::{Decision, operator, said};
use crate::run::event::Known;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, RunState};
use crate::text::clock;

/// For whatever starts, leaves out or ends something.
pub fn pilot(state: &RunState, actor: &Actor) -> Result<(), Refusal> {
    let Some(why) = state.monitors(&actor.name) else { return Ok(()) };
    let hint = "Ask for them, or take them over with a reason. Cancel and the ways back are open to you as they are.";
    Err(Refusal::new(Code::NotNow, why, hint))
}

/// The pilot offers the controls to somebody, or somebody else asks for them. A newer question takes the place of an older one.
pub fn ask(state: &RunState, actor: &Actor, to: &str) -> Decision {
    operator(actor)?;
    let to = to.trim().to_lowercase();
    not_approved(state, actor)?;
    let flies = state.flies(&actor.name);
    if flies && to == actor.name {
        return Err(Refusal::new(
            Code::AlreadyDone,
            "You have the controls.",
            "Name the person who is to get them.",
        ));
    }
    if !flies && to != actor.name {
        let why = format!("Only {} can offer the controls to somebody.", state.controls.pilot.who);
        return Err(Refusal::new(
            Code::NotNow,
            why,
            "Ask for them for yourself, or take them over with a reason.",
        ));
    }
    let same = state.controls.asked.as_ref().filter(|asked| asked.to == to && asked.by.who == actor.name);
    if let Some(asked) = same {
        let why = format!("You asked for this at {}.", clock::time_utc(asked.by.at));
        let waits = if flies { &to } else { &state.controls.pilot.who };
        return Err(Refusal::new(Code::AlreadyDone, why, format!("{waits} has still to accept.")));
    }
    Ok(vec![Known::HandOverAsked { to: said("who is to have the controls", &to)? }])
}

/// Who was asked accepts: the pilot, or the one to whom the pilot offered. `to` is who has the controls then.
pub fn accept(state: &RunState, actor: &Actor, to: &str) -> Decision {
    operator(actor)?;
    let asked = state.controls.asked.as_ref().filter(|asked| asked.to == to.trim().to_lowercase());
    let Some(asked) = asked else {
        let why =
            format!("Nobody waits for {to} to get the controls: {} has them.", state.controls.pilot.who);
        return Err(Refusal::new(Code::NotNow, why, "Ask for them, or take them over with a reason."));
    };
    let accepts = if asked.offered() { &asked.to } else { &state.controls.pilot.who };
    if actor.name != *accepts {
        let why = format!("It is for {accepts} to accept that {} gets the controls.", asked.to);
        return Err(Refusal::new(Code::NotNow, why, "Take them over with a reason if that cannot wait."));
    }
    if asked.offered() {
        not_approved(state, actor)?;
    }
    Ok(vec![Known::ControlsHandedOver { to: asked.to.clone() }])
}

/// Takes the controls without asking. It needs no consent: the other one may be asleep, or gone.
pub fn take(state: &RunState, actor: &Actor, reason: &str) -> Decision {
    operator(actor)?;
    if state.flies(&actor.name) {
        let why = format!("You have the controls since {}.", clock::time_utc(state.controls.pilot.at));
        return Err(Refusal::new(Code::AlreadyDone, why, ""));
    }
    not_approved(state, actor)?;
    Ok(vec![Known::ControlsTaken { reason: said("why you take the controls", reason)? }])
}
