//! Putting one index right: a step of its own, beside those of the runbook, that somebody chooses and nobody else does.

use super::controls::pilot;
use super::steps::busy;
use super::{Decision, not_found, operator, said};
use crate::run::event::Known;
use crate::run::reading::{Reading, Says};
use crate::run::refusal::{Code, Refusal};
use crate::run::remedy::fits;
use crate::run::{Actor, RunState};
use crate::runbook::{How, PhaseKind, Remedy};

pub fn choose(state: &RunState, actor: &Actor, index: &str, how: How, reason: &str) -> Decision {
    operator(actor)?;
    if let Some(live) = state.live_attempt() {
        return Err(busy(state, live));
    }
    let Some(database) = &state.runbook.database else { return Err(not_found("index", &index)) };
    let says = says(state)?;
    if let Some(waits) = state.remedies_wait_for() {
        let why = format!("No index may be touched yet: {waits}.");
        return Err(Refusal::new(Code::NotNow, why, "What is in the way now is removed by hand."));
    }
    let remedy = Remedy { index: index.to_owned(), how };
    if let Err(why) = fits(&remedy, says, database) {
        let hint = match state.remedies(says, index).as_slice() {
            [] => "The console has no remedy for that.".to_owned(),
            some => {
                format!("What fits: {}.", some.iter().map(|how| how.word()).collect::<Vec<_>>().join(", "))
            }
        };
        return Err(Refusal::new(Code::NotNow, format!("{} does not fit: {why}", remedy.title()), hint));
    }
    if !state.remedies(says, index).contains(&how) {
        let why = "The run wants the change taken back, or has not begun it.";
        return Err(Refusal::new(Code::NotNow, why, "Only what is there can be dropped."));
    }
    pilot(state, actor)?;
    if let Some(why) = state.outside_window() {
        let hint = "Wait for the window, or break the glass: that takes a reason and a second person.";
        return Err(Refusal::new(Code::NotNow, format!("{} cannot start: {why}.", remedy.title()), hint));
    }
    let reason = said("why", reason)?;
    let step = state.runbook.next_remedy().ok_or_else(|| not_found("step", &"remedy"))?;
    let voided = format!("\"{}\" was chosen", remedy.title());
    let chosen = Known::RemedyChosen { step: step.clone(), remedy };
    let queued = Known::AttemptQueued { step, attempt: 1, reason };
    Ok([chosen, queued].into_iter().chain(void(state, &voided)).collect())
}

/// The last reading. What nobody has seen is not touched.
fn says(state: &RunState) -> Result<&Says, Refusal> {
    let why = match &state.database {
        Some(Reading::Says(says)) => return Ok(says),
        Some(Reading::Unreachable { error, .. }) => format!("The database could not be read: {error}"),
        None => "The database has not been read in this run.".to_owned(),
    };
    Err(Refusal::new(Code::NotNow, why, "Take an index inventory first."))
}

/// What was signed from the change on was signed of other indexes.
fn void<'a>(state: &'a RunState, reason: &'a str) -> impl Iterator<Item = Known> + 'a {
    let changed = state
        .runbook
        .forward()
        .filter(|phase| !matches!(phase.kind, PhaseKind::Preflight | PhaseKind::Backup));
    let signed = changed.filter(|phase| {
        state.sign_offs.iter().any(|sign| sign.phase == phase.id && sign.given && sign.void.is_none())
    });
    signed.map(|phase| Known::SignOffsVoided {
        phase: phase.id.clone(),
        reason: reason.to_owned(),
        differences: Vec::new(),
    })
}
