//! A run in plain words, for those who were not there: how it went, and what was left open.

use crate::run::event::{Body, Ending, Known};
use crate::run::ledger::Standing;
use crate::run::reading::IndexState;
use crate::run::state::{ResolutionKind, Stage};
use crate::run::view::{ItemStatus, StepStatus};
use crate::run::{Event, Reading, RunState};
use crate::runbook::Phase;
use crate::text::number::counted;
use crate::text::{clock, duration};

/// How it went, a sentence each.
pub fn summary(state: &RunState, events: &[Event]) -> Vec<String> {
    let mut told = vec![subject(state), ending(state)];
    told.push(steps(state));
    told.extend(database(state));
    told.extend(signed(state));
    told.extend(interventions(events));
    told.extend(claims(state));
    told
}

fn subject(state: &RunState) -> String {
    let target = &state.target;
    format!(
        "{} was run on {} ({}), the database {} on {}, PostgreSQL {}. {} started it at {}.",
        state.runbook.title,
        target.name,
        target.environment,
        target.database,
        target.host,
        target.server_version,
        state.started.who,
        clock::date_and_time(state.started.at)
    )
}

fn ending(state: &RunState) -> String {
    let Some(ended) = &state.ended else {
        return format!("It has not ended. {}", state.want().sentence()).trim_end().to_owned();
    };
    let after = duration::words(ended.by.at - state.started.at);
    let note = if ended.note.is_empty() { String::new() } else { format!(" They wrote: {}", ended.note) };
    let how = match ended.ending {
        Ending::Succeeded => "with every gate open".to_owned(),
        Ending::RolledBack => "rolled back".to_owned(),
        Ending::Abandoned => "before its end, as abandoned: the database was left as it was then".to_owned(),
    };
    format!("{} ended it after {after}, {how}.{note}", ended.by.who)
}

fn steps(state: &RunState) -> String {
    let walk = state.runbook.forward().flat_map(|phase| &phase.steps);
    let statuses: Vec<StepStatus> = walk.map(|step| state.step_status(&step.id)).collect();
    let count = |wanted: &[StepStatus]| statuses.iter().filter(|status| wanted.contains(status)).count();
    let parts = [
        (count(&[StepStatus::Succeeded]), "succeeded"),
        (count(&[StepStatus::Skipped]), "skipped"),
        (count(&[StepStatus::MarkedDone]), "marked as done by a person"),
        (count(&[StepStatus::Failed, StepStatus::TimedOut]), "failed"),
        (count(&[StepStatus::Cancelled]), "cancelled"),
        (count(&[StepStatus::Unknown, StepStatus::Inconclusive]), "of unknown outcome"),
        (count(&[StepStatus::Waiting]), "not started"),
    ];
    let parts = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}"));
    let parts = parts.collect::<Vec<_>>().join(", ");
    let attempts = counted(state.attempts.len(), "attempt", "attempts");
    format!("Of {} on the way forward: {parts}; {attempts} in all.", counted(statuses.len(), "step", "steps"))
}

fn database(state: &RunState) -> Option<String> {
    let reading = state.database.as_ref()?;
    Some(format!(
        "The database, as last read at {}: {}.",
        clock::date_and_time(reading.at()),
        reading.sentence()
    ))
}

fn signed(state: &RunState) -> Option<String> {
    let standing = state.sign_offs.iter().filter(|sign_off| sign_off.given && sign_off.void.is_none());
    let phase = |id| state.runbook.phase(id).map_or("a phase", |phase| phase.title.as_str());
    let told = standing.map(|s| format!("{} as {} under \"{}\"", s.signer(), s.role, phase(&s.phase)));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("Signed by {}.", told.join(", ")))
}

/// What did not go by itself.
fn interventions(events: &[Event]) -> Option<String> {
    let count = |is: fn(&Known) -> bool| {
        events.iter().filter(|event| matches!(&event.body, Body::Known(known) if is(known))).count()
    };
    let parts = [
        (count(|k| matches!(k, Known::CancelAsked { .. })), "cancel", "cancels"),
        (count(|k| matches!(k, Known::AirbagOpened { .. })), "opened airbag", "opened airbags"),
        (
            count(|k| matches!(k, Known::BlockerStopAsked { .. })),
            "stopped session of others",
            "stopped sessions of others",
        ),
        (
            count(|k| matches!(k, Known::AttemptLost { .. })),
            "attempt without a known end",
            "attempts without a known end",
        ),
        (count(|k| matches!(k, Known::GlassBroken { .. })), "broken glass", "broken glasses"),
        (
            count(|k| matches!(k, Known::ControlsTaken { .. })),
            "taking over of the controls",
            "takings over of the controls",
        ),
        (count(|k| matches!(k, Known::RemedyChosen { .. })), "remedy", "remedies"),
        (count(|k| matches!(k, Known::RollbackChosen { .. })), "way back", "ways back"),
    ];
    let parts = parts.into_iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| counted(n, one, many));
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("It took {}.", parts.join(", ")))
}

fn claims(state: &RunState) -> Option<String> {
    let ledger = state.ledger();
    let count = |standing| ledger.iter().filter(|entry| entry.standing == standing).count();
    let (hold, partly, not) = (count(Standing::Holds), count(Standing::Partly), count(Standing::DoesNotHold));
    let others = ledger.len() - hold - partly - not;
    let parts = [
        (hold, "held"),
        (partly, "held in part"),
        (not, "did not hold"),
        (others, "could not be compared with a measurement"),
    ];
    let parts = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}"));
    let parts = parts.collect::<Vec<_>>().join(", ");
    let claims = counted(ledger.len(), "claim", "claims");
    (!ledger.is_empty()).then(|| format!("Of {claims} in the document behind the change {parts}."))
}

/// What nobody did, what somebody waved through, and what is not as the runbook wants it; empty where there is none of it.
pub fn left_open(state: &RunState) -> Vec<String> {
    let mut open = Vec::new();
    for phase in state.runbook.forward() {
        open.extend(of_phase(state, phase));
    }
    for sign_off in state.sign_offs.iter().filter(|sign_off| !sign_off.given && sign_off.void.is_none()) {
        open.push(format!("{} refused to sign as {}: {}", sign_off.by.who, sign_off.role, sign_off.note));
    }
    for attempt in state.attempts.iter().filter(|attempt| attempt.stage == Stage::Lost) {
        open.push(format!("Nobody knows how {}, attempt {}, ended", attempt.step, attempt.number));
    }
    for entry in state.ledger() {
        if matches!(entry.standing, Standing::DoesNotHold | Standing::Partly) {
            let (word, claimed, measured) = (entry.standing.word(), &entry.claimed, &entry.measured);
            open.push(format!("The claim \"{}\" {word}: {claimed} claimed, {measured} measured", entry.text));
        }
    }
    open.extend(of_database(state));
    open
}

fn of_phase(state: &RunState, phase: &Phase) -> Vec<String> {
    let untouched = phase.items.iter().all(|item| state.item_status(item) == ItemStatus::Open)
        && phase.steps.iter().all(|step| state.step_status(&step.id) == StepStatus::Waiting);
    if untouched {
        return vec![format!("\"{}\" was not reached", phase.title)];
    }
    let mut open = Vec::new();
    for item in &phase.items {
        let known = state.items.get(&item.id);
        let note = known.map(|known| known.note.as_str()).filter(|note| !note.is_empty());
        let with = |text: &str| note.map_or_else(|| text.to_owned(), |note| format!("{text}: {note}"));
        let told = match state.item_status(item) {
            ItemStatus::Done | ItemStatus::Passed => continue,
            ItemStatus::NotApplicable => with("was answered \"not applicable\""),
            ItemStatus::Accepted => match known.and_then(|known| known.accepted.as_ref()) {
                Some((by, why)) => format!("did not pass, and {} accepted that: {why}", by.who),
                None => "did not pass, and was accepted".to_owned(),
            },
            ItemStatus::Open | ItemStatus::Asked => "was never answered".to_owned(),
            ItemStatus::Failed => with("failed"),
            ItemStatus::Inconclusive => with("is inconclusive"),
        };
        open.push(format!("\"{}\" {told}", item.title));
    }
    for step in &phase.steps {
        let resolution = state.resolutions.get(&step.id);
        let told = match (resolution, state.step_status(&step.id)) {
            (Some(resolution), _) => {
                let word = match resolution.kind {
                    ResolutionKind::Skipped => "skipped",
                    ResolutionKind::MarkedDone => "marked as done",
                };
                format!("was {word} by {}: {}", resolution.by.who, resolution.text)
            }
            (None, StepStatus::Succeeded) => match state
                .last_attempt(&step.id)
                .and_then(|a| a.person.as_ref())
            {
                Some((true, by, why)) => format!("was inconclusive, and {} took it as good: {why}", by.who),
                _ => continue,
            },
            (None, StepStatus::Waiting) => "was not started".to_owned(),
            (None, status) => format!("is {}", status.word()),
        };
        open.push(format!("The step \"{}\" {told}", step.title));
    }
    if phase.gate.is_some() && state.phase_complete(phase) && !state.signed(phase) {
        open.push(format!("\"{}\" was not signed: {}", phase.title, state.gate_lacks(phase)));
    }
    open
}

fn of_database(state: &RunState) -> Vec<String> {
    match &state.database {
        Some(Reading::Unreachable { error, .. }) => {
            vec![format!("The database could not be read at the end: {error}")]
        }
        Some(Reading::Says(says)) if !state.rolled_back() => {
            let states = IndexState::ALL.into_iter().filter(|index| *index != IndexState::Ok);
            let wrong = states.map(|index| (says.count(index), index.word())).filter(|(n, _)| *n > 0);
            wrong
                .map(|(n, word)| format!("{}: {word}", counted(n, "expected index", "expected indexes")))
                .collect()
        }
        _ => Vec::new(),
    }
}
