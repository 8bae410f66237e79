//! Choosing a way back, and ending a run.

use super::challenge::answered;
use super::controls::pilot;
use super::steps::busy;
use super::{Decision, invalid, may_say, not_found, operator, said};
use crate::run::event::{Ending, Known, Pace};
use crate::run::readiness::{Loss, Open};
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, Permission, RunState};
use crate::runbook::{Id, RollbackPath};
use crate::text::clock;

/// What a person types to confirm a way back.
pub struct Typed<'a> {
    /// The name of the target's database.
    pub confirm: &'a str,
    /// How many rows are given up.
    pub rows: &'a str,
    /// What the second person's screen shows.
    pub shown: &'a str,
}

/// Chooses a way back and starts its first step: confirmed once, it goes on to its end or to the first failure. A step that
/// is under way on the way forward is cancelled first, and the way back starts behind its end.
pub fn choose(state: &RunState, actor: &Actor, id: &Id, reason: &str, typed: &Typed<'_>) -> Decision {
    let path = state.runbook.path(id).ok_or_else(|| not_found("way back", id))?;
    let asked = state.asked_back.as_ref().filter(|asked| path.second_person && asked.path == *id);
    if asked.is_none() || !actor.may(Permission::Approver) {
        operator(actor)?;
    }
    if let Some(chosen) = &state.rollback
        && chosen.path == *id
        && !state.rolled_back()
    {
        let at = clock::time_utc(chosen.by.at);
        let why = format!("{} chose \"{}\" at {at}, and it is under way.", chosen.by.who, path.title);
        return Err(Refusal::new(Code::AlreadyDone, why, "Start its next step, or choose another way back."));
    }
    let reason = said("why you roll back", reason)?;
    if typed.confirm.trim() != state.target.database {
        let why = format!("To confirm, type the name of the target's database: {}.", state.target.database);
        return Err(Refusal::new(Code::Invalid, why, "Nothing was started."));
    }
    if let Open::No { why, hint } = state.open(path) {
        return Err(Refusal::new(Code::NotNow, format!("This way back is closed: {why}."), hint));
    }
    let rows = known_loss(state, path, typed.rows)?;
    if path.second_person {
        match asked {
            None => return Ok(vec![Known::RollbackAsked { path: id.clone(), reason }]),
            Some(asked) if asked.by.who == actor.name => {
                let at = clock::time_utc(asked.by.at);
                let why = format!("You asked for this way back at {at}: it takes a second person.");
                return Err(Refusal::new(
                    Code::AlreadyDone,
                    why,
                    "Have another operator or an approver type the same.",
                ));
            }
            Some(asked) => answered(state, actor, asked.seq, typed.shown)?,
        }
    }
    let first = path.steps.first().ok_or_else(|| invalid(format!("\"{}\" has no steps.", path.title)))?;
    let then = match state.live_attempt() {
        // Of two who choose different ways back, the second must know of the first.
        Some(live) if state.rollback.is_some() => return Err(busy(state, live)),
        Some(live) if live.stopping() || live.ended_at.is_some() => None,
        Some(live) => {
            let (step, attempt) = (live.step.clone(), live.number);
            Some(Known::CancelAsked { step, attempt, reason: format!("the way back was chosen: {reason}") })
        }
        None => {
            let attempt = state.last_attempt(first).map_or(0, |attempt| attempt.number) + 1;
            Some(Known::AttemptQueued { step: first.clone(), attempt, reason: String::new() })
        }
    };
    let chosen = Known::RollbackChosen { path: id.clone(), reason, rows };
    let pace = (state.pace != Pace::Continue).then_some(Known::PaceSet { pace: Pace::Continue });
    Ok([chosen].into_iter().chain(pace).chain(then).collect())
}

/// Whoever gives up what was written says how much that is. A figure that moved meanwhile means that somebody still writes.
fn known_loss(state: &RunState, path: &RollbackPath, rows: &str) -> Result<Option<i64>, Refusal> {
    let Some(loss) = state.written_since_backup().filter(|_| path.loses_writes) else { return Ok(None) };
    // As the page writes it, or without the separators.
    let wanted = loss.typed();
    if rows.replace([',', ' '], "") == wanted {
        return Ok(loss.rows());
    }
    let why = match &loss {
        Loss::Rows(_) => {
            format!(
                "Rows written since the backup, which this way back puts out of sight: {wanted}. Type that number."
            )
        }
        Loss::Unknown(because) => format!(
            "Nobody can tell how many rows were written since the backup: {because}. Type the word unknown to go on all the same."
        ),
    };
    let hint = "Nothing was started. If the number moves, somebody still writes: stop the application first.";
    Err(Refusal::new(Code::Invalid, why, hint))
}

pub fn end(state: &RunState, actor: &Actor, note: &str) -> Decision {
    operator(actor)?;
    if let Some(live) = state.live_attempt() {
        return Err(busy(state, live));
    }
    pilot(state, actor)?;
    let ending = if state.succeeded() {
        Ending::Succeeded
    } else if state.rolled_back() {
        Ending::RolledBack
    } else {
        let lacks = match (state.current_phase(), state.next_step()) {
            (Some(phase), _) if state.rollback.is_none() => {
                format!("\"{}\" is not done: {}", phase.title, state.gate_lacks(phase))
            }
            (_, Some(step)) => format!("the step \"{}\" is not done", step.title),
            _ => "it is not done".to_owned(),
        };
        let hint = "Finish it, take a way back, or abandon the run with a reason.";
        return Err(Refusal::new(Code::NotNow, format!("The run cannot be ended: {lacks}."), hint));
    };
    Ok(vec![Known::RunEnded { ending, note: may_say("the note", note)? }])
}

pub fn abandon(state: &RunState, actor: &Actor, reason: &str) -> Decision {
    operator(actor)?;
    if let Some(live) = state.live_attempt() {
        return Err(busy(state, live));
    }
    pilot(state, actor)?;
    let note = said("why the run is abandoned", reason)?;
    Ok(vec![Known::RunEnded { ending: Ending::Abandoned, note }])
}
