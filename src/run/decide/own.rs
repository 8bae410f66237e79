//! Four eyes, in one place: nobody approves what they do, and nobody does what they approved. A person is a name, whether the command
//! came from a page, by a token or from the command line.

use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, RunState};

/// For whoever signs, or overrides what failed.
pub fn not_own(state: &RunState, actor: &Actor) -> Result<(), Refusal> {
    let Some(work) = works_on(state, &actor.name) else { return Ok(()) };
    let why = format!("You {work}, and nobody approves their own.");
    Err(Refusal::new(Code::NotAllowed, why, "Ask somebody else who has the role."))
}

/// What somebody did in a run, in half a sentence; none where it is nobody's own that they would approve.
pub fn works_on(state: &RunState, name: &str) -> Option<String> {
    if state.started.who == name {
        return Some("started this run".to_owned());
    }
    let started = state.attempts.iter().find(|attempt| attempt.queued.who == name);
    let resolved = state.resolutions.iter().find(|(_, resolution)| resolution.by.who == name);
    let step = started.map(|attempt| &attempt.step).or(resolved.map(|(step, _)| step))?;
    let title = state.runbook.step(step).map_or(step.as_str(), |(_, step)| step.title.as_str());
    Some(format!("worked on \"{title}\" in this run"))
}

/// For whoever starts, skips or marks a step of the way forward.
pub fn not_approved(state: &RunState, actor: &Actor) -> Result<(), Refusal> {
    let own = state.sign_offs.iter().find(|s| s.given && s.void.is_none() && s.is_of(&actor.name));
    let Some(own) = own.filter(|_| state.rollback.is_none()) else { return Ok(()) };
    let title = state.runbook.phase(&own.phase).map_or(own.phase.as_str(), |phase| phase.title.as_str());
    let why = format!("You signed \"{title}\", and nobody does what they approved.");
    let hint = "Have another operator go on. Cancel and the ways back stay yours.";
    Err(Refusal::new(Code::NotAllowed, why, hint))
}
