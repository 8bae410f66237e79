//! What follows from the console's own reports. A report that comes late or twice leaves nothing.

use super::checklist::with_void;
use super::verdict::verdict;
use crate::run::command::Report;
use crate::run::event::{Body, Event, Known, Pace};
use crate::run::reading::Verdict;
use crate::run::state::{Attempt, ItemOutcome, RunState, Stage, Stop};
use crate::run::view::StepStatus;
use crate::run::{Actor, Ms};
use crate::runbook::Id;

/// The events to append; none where the report no longer fits the run.
pub fn decide_report(state: &RunState, report: Report, now: Ms) -> Vec<Known> {
    if state.ended.is_some() {
        return Vec::new();
    }
    match report {
        Report::ProbeAnswered { item, verdict, reason, evidence } => {
            probe_answered(state, item, verdict, reason, evidence)
        }
        Report::Starting { step, attempt } => {
            let due = attempt_in(state, &step, attempt, &[Stage::Queued]).is_some();
            due.then_some(Known::AttemptStarting { step, attempt }).into_iter().collect()
        }
        Report::Held { step, attempt, by } => {
            let due = attempt_in(state, &step, attempt, &[Stage::Starting]).is_some();
            due.then_some(Known::AttemptHeld { step, attempt, by }).into_iter().collect()
        }
        Report::Running { step, attempt } => {
            let due = attempt_in(state, &step, attempt, &[Stage::Queued, Stage::Starting]).is_some();
            due.then_some(Known::AttemptRunning { step, attempt }).into_iter().collect()
        }
        Report::Airbag { step, attempt, waiting, held_ms } => {
            let due = attempt_in(state, &step, attempt, &UNDER_WAY).filter(|attempt| !attempt.stopping());
            let opened = Known::AirbagOpened { step, attempt, waiting, held_ms };
            due.is_some().then_some(opened).into_iter().collect()
        }
        Report::BlockerStopped { backend, how, came } => {
            let open = |stop: &Stop| stop.backend == backend && stop.how == how && stop.came.is_none();
            let due = state.stops.iter().any(open);
            due.then_some(Known::BlockerStopped { backend, how, came }).into_iter().collect()
        }
        Report::Rung { step, attempt, rung, detail } => {
            let due = attempt_in(state, &step, attempt, &UNDER_WAY).is_some();
            due.then_some(Known::CancelRung { step, attempt, rung, detail }).into_iter().collect()
        }
        Report::Ended { step, attempt, outcome, duration_ms, log_bytes, lost_bytes, files } => {
            let due = attempt_in(state, &step, attempt, &UNDER_WAY).is_some();
            let ended =
                Known::AttemptEnded { step, attempt, outcome, duration_ms, log_bytes, lost_bytes, files };
            due.then_some(ended).into_iter().collect()
        }
        Report::Lost { step, attempt, reason } => {
            let due = attempt_in(state, &step, attempt, &UNDER_WAY).is_some();
            due.then_some(Known::AttemptLost { step, attempt, reason }).into_iter().collect()
        }
        Report::Shown { step, attempt, shown, database } => {
            let Some(ended) = attempt_in(state, &step, attempt, &[Stage::Ended, Stage::Lost]) else {
                return Vec::new();
            };
            if ended.judged.is_some() {
                return Vec::new();
            }
            let (verdict, reason) = verdict(state, ended, &shown, database.as_ref());
            let judged = Known::AttemptJudged { step, attempt, verdict, reason, shown, database };
            goes_on(state, judged, now)
        }
        Report::Resolved { phase, intent } => super::intent::resolved(state, phase, intent, now),
        Report::DelegationLapsed { role, from } => {
            let passed = state.passed_on(&role).find(|passed| passed.from.who == from);
            let lapsed = |to: String| {
                let note = format!("{from} may not sign as {role} any more");
                Known::DelegationEnded { role: role.clone(), from: from.clone(), to, note }
            };
            passed.map(|passed| lapsed(passed.to.clone())).into_iter().collect()
        }
        Report::WindowRead { window } => {
            let same = state.window == window;
            (!same).then_some(Known::WindowRead { window }).into_iter().collect()
        }
        Report::DatabaseRead { reading } => {
            let same = state.database.as_ref() == Some(&reading);
            (!same).then_some(Known::DatabaseRead { reading }).into_iter().collect()
        }
    }
}

const UNDER_WAY: [Stage; 3] = [Stage::Queued, Stage::Starting, Stage::Running];

fn attempt_in<'a>(state: &'a RunState, step: &Id, number: u32, stages: &[Stage]) -> Option<&'a Attempt> {
    let same = |a: &&Attempt| a.step == *step && a.number == number;
    state.attempts.iter().rev().find(same).filter(|a| stages.contains(&a.stage))
}

fn probe_answered(
    state: &RunState,
    item: Id,
    verdict: Verdict,
    reason: String,
    evidence: String,
) -> Vec<Known> {
    let Some((phase, definition)) = state.runbook.item(&item) else { return Vec::new() };
    let Some(before) = state.items.get(&item).filter(|before| before.asked) else { return Vec::new() };
    let moved = before.outcome != ItemOutcome::Probed(verdict);
    let reason_to_void = format!("the probe of \"{}\" says {} now", definition.title, verdict.word());
    let event = Known::ProbeAnswered { item, verdict, reason, evidence };
    if moved { with_void(state, phase, event, &reason_to_void) } else { vec![event] }
}

/// After a pass the run queues its next step, where the operator chose so and no gate stands between. A way back that was
/// chosen meanwhile starts however the step ended, as long as it is known that it did.
fn goes_on(state: &RunState, judged: Known, now: Ms) -> Vec<Known> {
    let Some(live) = state.attempts.iter().rposition(Attempt::live) else { return vec![judged] };
    let passed = matches!(&judged, Known::AttemptJudged { verdict: Verdict::Pass, .. });
    let mut after = state.clone();
    let (seq, actor) = (state.seq + 1, Actor::CONSOLE);
    after.apply(&Event::seal(&state.hash, seq, now, actor, None, Body::Known(judged.clone())));
    let turned_back = state.rollback.as_ref().is_some_and(|chosen| live < chosen.first_attempt);
    // A remedy is chosen by itself, and nothing follows from it.
    let walked = after.walk().iter().any(|step| step.id == state.attempts[live].step);
    let go = match after.attempts[live].status() {
        StepStatus::Unknown => false,
        status => turned_back || (passed && walked && status == StepStatus::Succeeded),
    };
    let next = after.next_step().filter(|_| go && after.pace == Pace::Continue);
    let next = next.filter(|next| after.step_status(&next.id) == StepStatus::Waiting);
    let next = next.filter(|next| after.waits_for(&next.id).is_none());
    let next = next.filter(|next| !after.waits_for_window(next) && !after.takes_two(next));
    let behind = &state.attempts[live].step;
    let next = next.filter(|next| turned_back || !after.begins_change(behind, &next.id));
    let queued = next.map(|next| Known::AttemptQueued {
        step: next.id.clone(),
        attempt: after.last_attempt(&next.id).map_or(0, |attempt| attempt.number) + 1,
        reason: String::new(),
    });
    [judged].into_iter().chain(queued).collect()
}
