//! Events told to people: one sentence each, for the timeline. What follows from them is in `state` and `view`.

use super::event::{Answer, Body, Event, Known, Pace, Preflight};
use super::reading::Verdict;
use crate::runbook::{Id, Runbook};
use crate::text::{duration, number::grouped};
use crate::watch::airbag;

/// An event as a line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened, without who and when.
    pub what: String,
    /// What a person wrote with it, or what was seen; may be empty.
    pub note: String,
    /// Where it says good or bad.
    pub verdict: Option<Verdict>,
}

impl Told {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), note: String::new(), verdict: None }
    }

    fn note(self, note: &str) -> Self {
        Self { note: note.to_owned(), ..self }
    }

    fn verdict(self, verdict: Verdict) -> Self {
        Self { verdict: Some(verdict), ..self }
    }
}

/// Tells an event of a run of this runbook.
pub fn tell(runbook: &Runbook, event: &Event) -> Told {
    match &event.body {
        Body::Known(known) => Teller(runbook).known(known),
        Body::Unknown(value) => {
            let kind = value.get("type").and_then(|kind| kind.as_str()).unwrap_or("nameless");
            Told::new(format!("an event of a newer console: {kind}"))
        }
    }
}

struct Teller<'a>(&'a Runbook);

impl Teller<'_> {
    fn known(&self, known: &Known) -> Told {
        match known {
            Known::RunStarted { target, pace, preflight, .. } => {
                let pace = pace_words(*pace);
                let told =
                    Told::new(format!("started the run on {} ({}), {pace}", target.name, target.environment));
                match preflight {
                    Some(preflight) if preflight.verdict == Verdict::Pass => {
                        told.note(&preflight_words(preflight))
                    }
                    Some(preflight) => told.note(&preflight_words(preflight)).verdict(preflight.verdict),
                    None => told,
                }
            }
            Known::PaceSet { pace } => Told::new(format!("set the pace: {}", pace_words(*pace))),
            Known::Noted { text } => Told::new("noted").note(text),
            Known::DatabaseRead { reading } => Told::new("read the database").note(&reading.sentence()),
            Known::WindowRead { window: None } => Told::new("the target's calendar has no windows any more"),
            Known::WindowRead { window: Some(window) } => {
                let told = Told::new(if window.open { "the window is open" } else { "outside the window" });
                told.note(&window.says)
            }
            Known::GlassAsked { reason } => {
                Told::new("asked to break the glass: to change the target outside its window")
                    .note(reason)
                    .verdict(Verdict::Inconclusive)
            }
            Known::GlassBroken { reason } => {
                Told::new("broke the glass: the target may be changed outside its window")
                    .note(reason)
                    .verdict(Verdict::Fail)
            }
            Known::HandOverAsked { .. } | Known::ControlsHandedOver { .. } | Known::ControlsTaken { .. } => {
                controls(known)
            }
            Known::RemedyChosen { remedy, .. } => Told::new(format!("chose a remedy: {}", remedy.title())),
            Known::RollbackAsked { path, reason } => {
                let title = self.0.path(path).map_or(path.as_str(), |path| path.title.as_str());
                Told::new(format!("asked for the way back \"{title}\", which takes a second person"))
                    .note(reason)
                    .verdict(Verdict::Inconclusive)
            }
            Known::RollbackChosen { path, reason, rows } => {
                let title = self.0.path(path).map_or(path.as_str(), |path| path.title.as_str());
                let lost = rows.map(|rows| {
                    format!(", giving up {} rows written since the backup", grouped(rows.unsigned_abs()))
                });
                let what = format!("chose the way back \"{title}\"{}", lost.unwrap_or_default());
                Told::new(what).note(reason).verdict(Verdict::Fail)
            }
            Known::RunEnded { ending, note } => {
                Told::new(format!("ended the run: {}", ending.word())).note(note)
            }
            Known::ItemAnswered { .. }
            | Known::ProbeAsked { .. }
            | Known::ProbeAnswered { .. }
            | Known::ItemAccepted { .. } => self.item(known),
            Known::IntentResolved { .. }
            | Known::SignedOff { .. }
            | Known::SignOffRefused { .. }
            | Known::SignOffWithdrawn { .. }
            | Known::Delegated { .. }
            | Known::DelegationEnded { .. }
            | Known::SignOffsVoided { .. } => self.sign_off(known),
            _ => self.step(known),
        }
    }

    fn item(&self, known: &Known) -> Told {
        match known {
            Known::ItemAnswered { item, answer, note } => {
                let word = match answer {
                    Answer::Done => "answered \"done\"",
                    Answer::NotApplicable => "answered \"not applicable\"",
                    Answer::Open => "took the answer back",
                };
                Told::new(format!("{word}: {}", self.item_title(item))).note(note)
            }
            Known::ProbeAsked { item } => Told::new(format!("asked the probe: {}", self.item_title(item))),
            Known::ProbeAnswered { item, verdict, reason, .. } => {
                let told = format!("found {}: {}", verdict.word(), self.item_title(item));
                Told::new(told).note(reason).verdict(*verdict)
            }
            Known::ItemAccepted { item, note } => {
                Told::new(format!("accepted: {}", self.item_title(item))).note(note)
            }
            _ => Told::new(""),
        }
    }

    fn sign_off(&self, known: &Known) -> Told {
        match known {
            Known::IntentResolved { phase, intent } => {
                let told =
                    format!("resolved what a signature under \"{}\" stands for", self.phase_title(phase));
                Told::new(told).note(&format!("SHA-256 {}", intent.sha256()))
            }
            Known::SignedOff { phase, role, note, in_place_of, .. } => {
                let other = in_place_of.as_ref().map(|other| format!(", in place of {other}"));
                let other = other.unwrap_or_default();
                let told = format!("signed \"{}\" as {role}{other}", self.phase_title(phase));
                Told::new(told).note(note).verdict(Verdict::Pass)
            }
            Known::SignOffRefused { phase, role, note } => {
                let told = format!("refused to sign \"{}\" as {role}", self.phase_title(phase));
                Told::new(told).note(note).verdict(Verdict::Fail)
            }
            Known::SignOffWithdrawn { phase, role, note } => {
                let told = format!("took back the word on \"{}\" as {role}", self.phase_title(phase));
                Told::new(told).note(note)
            }
            Known::Delegated { role, to, note } => {
                Told::new(format!("passed on their word as {role} to {to}")).note(note)
            }
            Known::DelegationEnded { role, from, to, note } => {
                Told::new(format!("{to} gives the word of {from} as {role} no longer")).note(note)
            }
            Known::SignOffsVoided { phase, reason, .. } => {
                let told = format!("the signatures under \"{}\" are void", self.phase_title(phase));
                Told::new(told).note(reason).verdict(Verdict::Inconclusive)
            }
            _ => Told::new(""),
        }
    }

    fn step(&self, known: &Known) -> Told {
        match known {
            Known::StartAsked { step, reason } => {
                let told = format!("asked to start \"{}\", which cannot be undone", self.step_title(step));
                Told::new(told).note(reason).verdict(Verdict::Inconclusive)
            }
            Known::AttemptQueued { step, attempt, reason } => {
                let again = if *attempt > 1 { format!(" again (attempt {attempt})") } else { String::new() };
                Told::new(format!("started \"{}\"{again}", self.step_title(step))).note(reason)
            }
            Known::AttemptStarting { step, .. } => {
                Told::new(format!("\"{}\" is starting", self.step_title(step)))
            }
            Known::AttemptHeld { step, by, .. } => {
                Told::new(format!("\"{}\" waits before it is started", self.step_title(step))).note(by)
            }
            Known::AttemptRunning { step, .. } => {
                Told::new(format!("\"{}\" is running", self.step_title(step)))
            }
            Known::CancelAsked { step, reason, .. } => {
                Told::new(format!("cancelled \"{}\"", self.step_title(step))).note(reason)
            }
            Known::AirbagOpened { step, waiting, held_ms, .. } => {
                let held = duration::words(*held_ms);
                let told =
                    format!("the airbag stopped \"{}\": for {held} it held up others", self.step_title(step));
                Told::new(told).note(&airbag::sentence(waiting)).verdict(Verdict::Fail)
            }
            Known::BlockerStopAsked { step, backend, how, reason, .. } => {
                let title = self.step_title(step);
                let told =
                    format!("has pid {} stopped, in the way of \"{title}\": {}", backend.pid, how.word());
                Told::new(told).note(reason)
            }
            Known::BlockerStopped { backend, came, .. } => {
                Told::new(format!("what came of stopping pid {}", backend.pid)).note(came)
            }
            Known::CancelRung { rung, detail, .. } => {
                Told::new(format!("cancelling: {}", rung.word())).note(detail)
            }
            Known::AttemptEnded { step, outcome, duration_ms, lost_bytes, .. } => {
                let took = duration::words(*duration_ms);
                let told = format!("\"{}\": {} after {took}", self.step_title(step), outcome.sentence());
                let lost = format!("{lost_bytes} bytes of output were lost: the disk was full");
                Told::new(told).note(if *lost_bytes > 0 { &lost } else { "" })
            }
            Known::AttemptLost { step, reason, .. } => {
                let told = format!("nobody knows how \"{}\" ended", self.step_title(step));
                Told::new(told).note(reason).verdict(Verdict::Inconclusive)
            }
            Known::AttemptJudged { step, verdict, reason, .. } => {
                let told = format!("\"{}\": {}", self.step_title(step), verdict.word());
                Told::new(told).note(reason).verdict(*verdict)
            }
            Known::VerdictAccepted { step, note, .. } => {
                Told::new(format!("accepted the verdict of \"{}\"", self.step_title(step))).note(note)
            }
            Known::VerdictRejected { step, note, .. } => {
                Told::new(format!("rejected the verdict of \"{}\"", self.step_title(step))).note(note)
            }
            Known::StepSkipped { step, reason } => {
                Told::new(format!("skipped \"{}\"", self.step_title(step))).note(reason)
            }
            Known::StepMarkedDone { step, evidence } => {
                Told::new(format!("marked \"{}\" as done", self.step_title(step))).note(evidence)
            }
            _ => Told::new(""),
        }
    }

    fn step_title<'b>(&'b self, id: &'b Id) -> &'b str {
        self.0.step(id).map_or(id.as_str(), |(_, step)| &step.title)
    }

    fn item_title<'b>(&'b self, id: &'b Id) -> &'b str {
        self.0.item(id).map_or(id.as_str(), |(_, item)| &item.title)
    }

    fn phase_title<'b>(&'b self, id: &'b Id) -> &'b str {
        self.0.phase(id).map_or(id.as_str(), |phase| &phase.title)
    }
}

fn controls(known: &Known) -> Told {
    match known {
        Known::HandOverAsked { to } => Told::new(format!("asked that {to} gets the controls")),
        Known::ControlsHandedOver { to } => Told::new(format!("accepted: {to} has the controls")),
        Known::ControlsTaken { reason } => {
            Told::new("took the controls over").note(reason).verdict(Verdict::Inconclusive)
        }
        _ => Told::new(""),
    }
}

fn preflight_words(preflight: &Preflight) -> String {
    let said = format!("Preflight: {}, {}.", preflight.verdict.word(), preflight.sentence);
    match &preflight.despite {
        Some(why) => format!("{said} Started all the same: {why}"),
        None => said,
    }
}

fn pace_words(pace: Pace) -> &'static str {
    match pace {
        Pace::StepByStep => "one step at a time",
        Pace::Continue => "going on by itself to the next gate",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::tests::{events, id, walked};

    fn told(known: impl IntoIterator<Item = Known>) -> Vec<String> {
        let events = events(known);
        let state = crate::run::RunState::fold(&events).unwrap();
        events.iter().map(|event| tell(&state.runbook, event).what).collect()
    }

    #[test]
    fn a_step_is_told_from_its_start_to_its_verdict() {
        assert_eq!(
            told(walked("dump", Verdict::Fail)),
            [
                "started the run on shop (staging), one step at a time",
                "started \"Dump\"",
                "\"Dump\" is starting",
                "\"Dump\" is running",
                "\"Dump\": exit code 1 after 5.0 ms",
                "\"Dump\": fail",
            ]
        );
    }

    #[test]
    fn what_the_runbook_does_not_know_is_told_by_its_id() {
        let skipped = Known::StepSkipped { step: id("gone"), reason: "not here".into() };
        assert_eq!(told([skipped])[1], "skipped \"gone\"");
    }
}
