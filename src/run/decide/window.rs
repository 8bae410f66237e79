//! Breaking the glass: a change outside its window takes a reason and a second person.

use super::challenge::answered;
use super::{Decision, not_allowed, operator, said};
use crate::run::event::Known;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, Permission, RunState};
use crate::runbook::Step;
use crate::text::clock;

/// What changes a target waits for its window.
pub fn in_window(state: &RunState, step: &Step) -> Result<(), Refusal> {
    let Some(why) = state.outside_window().filter(|_| state.waits_for_window(step)) else { return Ok(()) };
    let why = format!("\"{}\" cannot start: {why}.", step.title);
    let hint =
        "Wait for the window. If it cannot wait, break the glass: that takes a reason and a second person.";
    Err(Refusal::new(Code::NotNow, why, hint))
}

/// The first person asks, the second one breaks it.
pub fn break_glass(state: &RunState, actor: &Actor, reason: &str, shown: &str) -> Decision {
    let asked = state.glass.as_ref();
    if asked.is_none() || !actor.may(Permission::Approver) {
        operator(actor).map_err(|_| not_allowed(actor, "break the glass", "operator"))?;
    }
    if let Some((by, _)) = asked.and_then(|glass| glass.broken.as_ref()) {
        let why = format!("{} broke the glass at {}.", by.who, clock::time_utc(by.at));
        return Err(Refusal::new(Code::AlreadyDone, why, "Start what cannot wait."));
    }
    if state.outside_window().is_none() {
        let why = format!("There is no glass to break: {} may be changed now.", state.target.name);
        return Err(Refusal::new(Code::NotNow, why, "Start the step."));
    }
    let reason = said("why it cannot wait for the window", reason)?;
    match asked {
        None => Ok(vec![Known::GlassAsked { reason }]),
        Some(glass) if glass.asked.who == actor.name => {
            let at = clock::time_utc(glass.asked.at);
            let why = format!("You asked for it at {at}: it takes a second person.");
            Err(Refusal::new(
                Code::AlreadyDone,
                why,
                "Have another operator or an approver break the glass with you.",
            ))
        }
        Some(glass) => {
            answered(state, actor, glass.seq, shown)?;
            Ok(vec![Known::GlassBroken { reason }])
        }
    }
}
