//! The one place where a command is allowed or refused. Nothing else of the console has rules.

mod blocker;
mod challenge;
mod checklist;
mod controls;
mod delegation;
mod intent;
mod own;
mod remedy;
mod report;
mod sign_off;
mod start;
mod step_up;
mod steps;
#[cfg(test)]
mod tests;
mod verdict;
mod way_back;
mod window;

use super::event::Known;
use super::refusal::{Code, Refusal};
use super::{Actor, Command, Envelope, Ms, Permission, RunState};
use crate::text::clock;
use way_back::Typed;

pub use delegation::in_place_of;
pub use report::decide_report;
pub use start::{LiveRun, Start, decide_again, decide_start, may_compile, misfit};
pub use verdict::judge;

/// The longest text that a person may leave in a run, in bytes.
pub const MAX_TEXT: usize = 4_000;

pub type Decision = Result<Vec<Known>, Refusal>;

/// What follows from a person's command: the events to append, in order, or why not.
pub fn decide(state: &RunState, envelope: &Envelope, actor: &Actor, now: Ms) -> Decision {
    let events = allowed(state, envelope, actor)?;
    debug_assert!(!events.is_empty(), "a command that is carried out leaves an event, at {now}");
    step_up::shown(state, actor, &envelope.command, now)?;
    Ok(events)
}

/// As `decide`, with whatever second factor it may take still to be shown.
pub fn allowed(state: &RunState, envelope: &Envelope, actor: &Actor) -> Decision {
    let actor = &actor.at(&state.target.name, &state.target.environment);
    if let Some(first) = state.commands.get(&envelope.command_id) {
        let why = format!("This was done already, by {} at {}.", first.who, clock::time_utc(first.at));
        return Err(Refusal::new(
            Code::AlreadyDone,
            why,
            "Nothing more happened; the page shows where the run stands.",
        ));
    }
    command_id(&envelope.command_id)?;
    if let Some(ended) = &state.ended {
        let at = clock::time_utc(ended.by.at);
        let why = format!("The run has ended: {} by {} at {at}.", ended.ending.word(), ended.by.who);
        return Err(Refusal::new(Code::Ended, why, "Start a new run to go on."));
    }
    if envelope.expected_seq < state.material && !envelope.command.may_be_late() {
        if let Some(moved) = intent::moved_since(state, envelope.expected_seq) {
            return Err(moved);
        }
        let by = &state.material_by;
        let why = format!("{} changed the run at {}, after what you saw.", by.who, clock::time_utc(by.at));
        return Err(Refusal::new(Code::Stale, why, "Look at the state as it is now, then decide again."));
    }
    use Command as C;
    match &envelope.command {
        C::AnswerItem { item, answer, note } => checklist::answer(state, actor, item, *answer, note),
        C::Probe { item } => checklist::probe(state, actor, item),
        C::ProbeAll { phase } => checklist::probe_all(state, actor, phase),
        C::AcceptItem { item, note } => checklist::accept(state, actor, item, note),
        C::SignOff { phase, role, note } => sign_off::sign(state, actor, phase, role, note),
        C::RefuseSignOff { phase, role, note } => sign_off::refuse(state, actor, phase, role, note),
        C::WithdrawSignOff { phase, role, note } => sign_off::withdraw(state, actor, phase, role, note),
        C::Delegate { role, to, note } => delegation::delegate(state, actor, role, to, note),
        C::EndDelegation { role, note } => delegation::take_back(state, actor, role, note),
        C::SetPace { pace } => {
            operator(actor)?;
            controls::pilot(state, actor)?;
            let already = Refusal::new(Code::AlreadyDone, "The run has this pace already.", "");
            if state.pace == *pace { Err(already) } else { Ok(vec![Known::PaceSet { pace: *pace }]) }
        }
        C::StartStep { step, reason } => steps::start(state, actor, step, reason),
        C::ConfirmStart { step, shown } => steps::confirm(state, actor, step, shown),
        C::Cancel { step, reason } => steps::cancel(state, actor, step, reason),
        C::StopBlocker { backend, how, reason } => blocker::stop(state, actor, *backend, *how, reason),
        C::AcceptVerdict { step, note } => steps::settle(state, actor, step, note, true),
        C::RejectVerdict { step, note } => steps::settle(state, actor, step, note, false),
        C::SkipStep { step, reason } => steps::skip(state, actor, step, reason),
        C::MarkStepDone { step, evidence } => steps::mark_done(state, actor, step, evidence),
        C::Remedy { index, how, reason } => remedy::choose(state, actor, index, *how, reason),
        C::RollBack { path, reason, confirm, rows, shown } => {
            way_back::choose(state, actor, path, reason, &Typed { confirm, rows, shown })
        }
        C::BreakGlass { reason, shown } => window::break_glass(state, actor, reason, shown),
        C::AskHandOver { to } => controls::ask(state, actor, to),
        C::AcceptHandOver { to } => controls::accept(state, actor, to),
        C::TakeControls { reason } => controls::take(state, actor, reason),
        C::Note { text } => {
            let may = Permission::ALL.into_iter().any(|permission| actor.may(permission));
            if !may {
                return Err(not_allowed(actor, "leave a note", "any permission"));
            }
            Ok(vec![Known::Noted { text: said("the note", text)? }])
        }
        C::EndRun { note } => way_back::end(state, actor, note),
        C::Abandon { reason } => way_back::abandon(state, actor, reason),
    }
}

fn command_id(id: &str) -> Result<(), Refusal> {
    let fits = (1..=64).contains(&id.len());
    if fits { Ok(()) } else { Err(invalid("expected a command id of 1 to 64 characters")) }
}

fn operator(actor: &Actor) -> Result<(), Refusal> {
    if actor.may(Permission::Operator) { Ok(()) } else { Err(not_allowed(actor, "do this", "operator")) }
}

fn not_allowed(actor: &Actor, what: &str, permission: &str) -> Refusal {
    let why = format!("{} may not {what}: it takes the permission {permission}.", actor.name);
    Refusal::new(Code::NotAllowed, why, "Ask somebody who has it, or an admin to give it.")
}

fn invalid(why: impl Into<String>) -> Refusal {
    Refusal::new(Code::Invalid, why, "")
}

fn not_found(what: &str, id: &impl std::fmt::Display) -> Refusal {
    Refusal::new(Code::NotFound, format!("This run has no {what} `{id}`."), "Reload the page.")
}

/// A text that must not be empty.
fn said(what: &str, text: &str) -> Result<String, Refusal> {
    let text = may_say(what, text)?;
    if text.is_empty() {
        Err(invalid(format!("Please write {what}: it is kept with the run.")))
    } else {
        Ok(text)
    }
}

fn may_say(what: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.len() > MAX_TEXT {
        let why = format!("Expected {what} of at most {MAX_TEXT} bytes, came {}.", text.len());
        return Err(Refusal::new(
            Code::Invalid,
            why,
            "Shorten it, and put the rest where you can link to it.",
        ));
    }
    Ok(text.to_owned())
}
