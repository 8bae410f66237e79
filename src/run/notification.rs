//! Which events people are told of who do not look at the page, and in which words. Who is told, and how, is the server's matter.

use super::event::{Body, Event, Known};
use super::reading::Verdict;
use super::state::Stage;
use super::telling::tell;
use super::{Actor, Ms, RunId, RunState, Seq};
use crate::runbook::{Id, PhaseKind};
use crate::text::one_line::one_line;
use serde::{Deserialize, Serialize};

/// What people are told of. A receiver takes all kinds, or those that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A phase is complete and waits for its signatures, or somebody is to sign in another's place.
    SignatureAsked,
    /// Something under signatures moved.
    SignaturesVoid,
    /// The first step of the change was started, or one that cannot be undone waits for its second person.
    Go,
    /// A step did not pass, or the airbag stopped it.
    Failed,
    /// Nobody can say whether a step passed: a person has to look.
    Inconclusive,
    /// A way back was asked for, which takes a second person, or chosen.
    Rollback,
    Ended,
    /// Somebody wants the change outside its window, or two have agreed on it.
    BreakGlass,
    /// Somebody took the controls over without being handed them.
    ControlsTaken,
}

impl Kind {
    pub const ALL: [Self; 9] = [
        Self::SignatureAsked,
        Self::SignaturesVoid,
        Self::Go,
        Self::Failed,
        Self::Inconclusive,
        Self::Rollback,
        Self::Ended,
        Self::BreakGlass,
        Self::ControlsTaken,
    ];

    /// As in the file of receivers and in what is sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::SignatureAsked => "signature_asked",
            Self::SignaturesVoid => "signatures_void",
            Self::Go => "go",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
            Self::Rollback => "rollback",
            Self::Ended => "ended",
            Self::BreakGlass => "break_glass",
            Self::ControlsTaken => "controls_taken",
        }
    }

    /// Whether somebody is asked to sign: then the link leads to the page for that.
    fn asks_to_sign(self) -> bool {
        matches!(self, Self::SignatureAsked | Self::SignaturesVoid)
    }
}

/// One event in words for somebody elsewhere. Its texts are one line each, whatever people wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    pub kind: Kind,
    /// What happened, and by whom.
    pub title: String,
    /// What a person wrote with it, or what was seen; may be empty.
    pub note: String,
    /// Name of the person, or `the console`.
    pub who: String,
    pub at: Ms,
    pub run: RunId,
    pub seq: Seq,
    /// Title of the runbook.
    pub runbook: String,
    pub target: Id,
    pub environment: String,
    /// The receivers that the gate names; empty where it is for all that take the kind.
    pub named: Vec<Id>,
    /// The page to look at, from the root of the console.
    pub page: String,
}

/// The longest title and the longest note, in characters.
const TITLE: usize = 200;
const NOTE: usize = 1_000;

/// What is told of an event; none where nobody is told. `state` is the one behind the event.
pub fn notification(state: &RunState, event: &Event) -> Option<Notification> {
    let Body::Known(known) = &event.body else { return None };
    let kind = kind(state, known)?;
    let (title, note) = words(state, event, known);
    let page = if kind.asks_to_sign() { "sign" } else { "runs" };
    let gate = match known {
        Known::IntentResolved { phase, .. } | Known::SignOffsVoided { phase, .. } => {
            state.runbook.phase(phase)
        }
        Known::Delegated { .. } => state.current_phase(),
        _ => None,
    };
    Some(Notification {
        kind,
        title: one_line(&title, TITLE),
        note: one_line(&note, NOTE),
        who: one_line(&event.actor, TITLE),
        at: event.at,
        run: state.run.clone(),
        seq: event.seq,
        runbook: one_line(&state.runbook.title, TITLE),
        target: state.target.name.clone(),
        environment: one_line(&state.target.environment, TITLE),
        named: gate.and_then(|phase| phase.gate.as_ref()).map(|gate| gate.notify.clone()).unwrap_or_default(),
        page: format!("/{page}/{}", state.run),
    })
}

fn kind(state: &RunState, known: &Known) -> Option<Kind> {
    match known {
        Known::IntentResolved { phase, .. } => {
            let phase = state.runbook.phase(phase)?;
            // Signatures that stand fall with the next event, which asks for new ones itself.
            let stand = state.wanted(phase).iter().any(|wanted| !wanted.given.is_empty());
            let asked = state.phase_complete(phase) && !state.signed(phase) && !stand;
            asked.then_some(Kind::SignatureAsked)
        }
        Known::Delegated { .. } => Some(Kind::SignatureAsked),
        Known::SignOffsVoided { .. } => Some(Kind::SignaturesVoid),
        Known::StartAsked { .. } => Some(Kind::Go),
        Known::AttemptQueued { step, .. } => {
            let changes = |step: &Id| {
                state.runbook.step(step).is_some_and(|(phase, _)| phase.kind == PhaseKind::Migrate)
            };
            let begun = state.attempts.iter().filter(|attempt| changes(&attempt.step)).count();
            (changes(step) && begun == 1).then_some(Kind::Go)
        }
        Known::AirbagOpened { .. } => Some(Kind::Failed),
        Known::AttemptLost { .. } => Some(Kind::Inconclusive),
        Known::AttemptJudged { step, attempt, verdict, .. } => {
            let judged = state.attempts.iter().rev().find(|a| a.step == *step && a.number == *attempt);
            let (airbag, lost) =
                judged.map_or((false, false), |a| (a.airbag.is_some(), a.stage == Stage::Lost));
            match verdict {
                Verdict::Pass => None,
                // Told when it happened: the verdict says nothing new.
                Verdict::Fail if airbag => None,
                Verdict::Inconclusive if lost => None,
                Verdict::Fail => Some(Kind::Failed),
                Verdict::Inconclusive => Some(Kind::Inconclusive),
            }
        }
        Known::RollbackAsked { .. } | Known::RollbackChosen { .. } => Some(Kind::Rollback),
        Known::GlassAsked { .. } | Known::GlassBroken { .. } => Some(Kind::BreakGlass),
        Known::ControlsTaken { .. } => Some(Kind::ControlsTaken),
        Known::RunEnded { .. } => Some(Kind::Ended),
        _ => None,
    }
}

/// Title and note.
fn words(state: &RunState, event: &Event, known: &Known) -> (String, String) {
    let told = tell(&state.runbook, event);
    match known {
        Known::IntentResolved { phase, .. } => match state.runbook.phase(phase) {
            Some(phase) => {
                let statement = phase.gate.as_ref().map_or("", |gate| gate.statement.as_str());
                (
                    format!("\"{}\" waits to be signed", phase.title),
                    format!("{statement} ({})", state.gate_lacks(phase)),
                )
            }
            None => (told.what, told.note),
        },
        Known::SignOffsVoided { .. } => {
            (capital(&told.what), format!("{}. It has to be signed again.", told.note.trim_end_matches('.')))
        }
        Known::AttemptJudged { step, verdict, .. } => {
            let title = state.runbook.step(step).map_or(step.as_str(), |(_, step)| &step.title);
            let came = if *verdict == Verdict::Fail {
                "did not pass"
            } else {
                "is inconclusive: a person has to look"
            };
            (format!("\"{title}\" {came}"), told.note)
        }
        Known::AttemptQueued { .. } => (format!("Go: {} {}", event.actor, told.what), told.note),
        _ if event.actor == Actor::CONSOLE => (capital(&told.what), told.note),
        _ => (format!("{} {}", event.actor, told.what), told.note),
    }
}

fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
