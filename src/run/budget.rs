//! What the rehearsal took, and a running step against it. The figures `rehearsed.<step>.ms` are what a step leaves that has carried out
//! others on a copy of the target.

use super::reading::Unit;
use super::state::Attempt;
use super::view::StepStatus;
use super::{Ms, RunState};
use crate::runbook::{Action, Id, Step};
use crate::text::duration;

/// The target is busier than the copy: what was rehearsed may take this many times as long and is still as expected.
pub const MARGIN: f64 = 1.5;

/// What a step, or a way back, took on the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    pub ms: i64,
    /// When that rehearsal ended.
    pub at: Ms,
}

/// How a running step stands against its rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub rehearsed: Rehearsed,
    pub spent_ms: i64,
}

impl RunState {
    /// By the last rehearsal that passed and carried out the step.
    pub fn rehearsed(&self, step: &Id) -> Option<Rehearsed> {
        let name = format!("rehearsed.{step}.ms");
        let passed = self.attempts.iter().rev().filter(|attempt| attempt.status() == StepStatus::Succeeded);
        passed.into_iter().find_map(|attempt| {
            let figures = &attempt.judged.as_ref()?.shown.figures;
            let figure = figures.iter().find(|figure| figure.name == name && figure.unit == Unit::Ms)?;
            Some(Rehearsed { ms: figure.value.max(0.0).round() as i64, at: attempt.ended_at? })
        })
    }

    /// All steps of a way back together. None unless each of them that changes the target was rehearsed.
    pub fn rehearsed_path(&self, path: &Id) -> Option<Rehearsed> {
        let steps = self.runbook.path(path)?.steps.iter().filter_map(|id| self.runbook.step(id));
        let mut whole: Option<Rehearsed> = None;
        for (_, step) in steps {
            match (self.rehearsed(&step.id), &mut whole) {
                (None, _) if changes(step) => return None,
                (None, _) => {}
                (Some(one), Some(whole)) => {
                    *whole = Rehearsed { ms: whole.ms + one.ms, at: whole.at.max(one.at) }
                }
                (Some(one), none) => *none = Some(one),
            }
        }
        whole
    }

    /// Of an attempt that is running; none where nobody has rehearsed its step. `now` is the console's clock.
    pub fn budget(&self, attempt: &Attempt, now: Ms) -> Option<Budget> {
        let since = attempt.running_at.filter(|_| attempt.live())?;
        let rehearsed = self.rehearsed(&attempt.step)?;
        Some(Budget { rehearsed, spent_ms: (attempt.ended_at.unwrap_or(now) - since).max(0) })
    }
}

/// The rest only reads.
fn changes(step: &Step) -> bool {
    !matches!(step.run, Action::Query(_) | Action::Explain(_) | Action::Inventory(_))
}

impl Rehearsed {
    /// Until then nothing is out of the ordinary.
    pub fn most_ms(&self) -> i64 {
        (self.ms as f64 * MARGIN) as i64
    }
}

impl Budget {
    pub fn is_over(&self) -> bool {
        self.spent_ms > self.rehearsed.most_ms()
    }

    /// "rehearsed in 12 s, runs since 31 s"
    pub fn comparison(&self) -> String {
        format!(
            "rehearsed in {}, runs since {}",
            duration::words(self.rehearsed.ms),
            whole_seconds(self.spent_ms)
        )
    }

    /// "4 s of about 12 s rehearsed", until it is longer than that.
    pub fn sentence(&self) -> String {
        let (spent, rehearsed) = (whole_seconds(self.spent_ms), duration::words(self.rehearsed.ms));
        if self.is_over() {
            format!("longer than ever seen: {}", self.comparison())
        } else if self.spent_ms > self.rehearsed.ms {
            format!(
                "{spent}, rehearsed in {rehearsed}: up to {} is to be expected",
                duration::words(self.rehearsed.most_ms())
            )
        } else {
            format!("{spent} of about {rehearsed} rehearsed")
        }
    }
}

/// A running clock shows no fractions, which nobody can read.
fn whole_seconds(ms: i64) -> String {
    if ms < 1_000 { "0 s".to_owned() } else { duration::words(ms / 1_000 * 1_000).replace(".0 s", " s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::Known;
    use crate::run::reading::{Figure, Outcome, StepFindings, Verdict};
    use crate::run::tests::{events_of, id};

    const RUNBOOK: &str = r#"{
      "slug": "small", "title": "Small", "summary": "",
      "phases": [
        {"id": "backup", "title": "Backup", "kind": "backup",
         "steps": [{"id": "rehearsal", "title": "Rehearsal", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}]},
        {"id": "migrate", "title": "Migrate", "kind": "migrate",
         "steps": [{"id": "up", "title": "Upgrade", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}]},
        {"id": "back", "title": "Back", "kind": "rollback", "steps": [
           {"id": "down", "title": "Downgrade", "timeout": "1m", "run": {"command": {"argv": ["true"]}}},
           {"id": "drop", "title": "Drop", "timeout": "1m", "run": {"sql": {"statements": ["SELECT 1"]}}},
           {"id": "look", "title": "Look", "timeout": "1m", "run": {"query": {"sql": "SELECT 1"}}}]}],
      "rollback": [{"id": "way-back", "title": "Back", "summary": "", "loses": "nothing", "steps": ["down", "drop", "look"]}]
    }"#;

    fn rehearsal(attempt: u32, verdict: Verdict, ms: &[(&str, f64)]) -> Vec<Known> {
        let step = id("rehearsal");
        let figure = |(step, value): &(&str, f64)| Figure {
            name: format!("rehearsed.{step}.ms"),
            value: *value,
            unit: Unit::Ms,
        };
        let shown = StepFindings { figures: ms.iter().map(figure).collect(), ..StepFindings::default() };
        let outcome = Outcome::Exited { code: 0 };
        let (duration_ms, log_bytes, lost_bytes) = (5, 0, 0);
        let (reason, database) = (String::new(), None);
        vec![
            Known::AttemptQueued { step: step.clone(), attempt, reason: String::new() },
            Known::AttemptEnded {
                step: step.clone(),
                attempt,
                outcome,
                duration_ms,
                log_bytes,
                lost_bytes,
                files: None,
            },
            Known::AttemptJudged { step, attempt, verdict, reason, shown, database },
        ]
    }

    fn running() -> Vec<Known> {
        let (step, attempt) = (id("up"), 1);
        vec![
            Known::AttemptQueued { step: step.clone(), attempt, reason: String::new() },
            Known::AttemptRunning { step, attempt },
        ]
    }

    fn folded(known: impl IntoIterator<Item = Vec<Known>>) -> RunState {
        RunState::fold(&events_of(RUNBOOK, known.into_iter().flatten())).unwrap()
    }

    #[test]
    fn the_last_rehearsal_that_passed_counts() {
        let first = rehearsal(1, Verdict::Pass, &[("up", 12_000.0), ("down", 3_000.0)]);
        let second = rehearsal(2, Verdict::Pass, &[("up", 14_000.4)]);
        let failed = rehearsal(3, Verdict::Fail, &[("up", 1.0)]);
        let run = folded([first, second, failed]);
        // The tests' clock goes on by a second with each event, and the start is the first.
        assert_eq!(run.rehearsed(&id("up")), Some(Rehearsed { ms: 14_000, at: 6_000 }));
        assert_eq!(run.rehearsed(&id("down")), Some(Rehearsed { ms: 3_000, at: 3_000 }));
        assert_eq!(run.rehearsed(&id("drop")), None);
    }

    #[test]
    fn a_way_back_counts_once_every_step_that_changes_something_was_rehearsed() {
        let path = id("way-back");
        let part = rehearsal(1, Verdict::Pass, &[("down", 3_000.0), ("look", 10.0)]);
        assert_eq!(folded([part.clone()]).rehearsed_path(&path), None);
        let rest = rehearsal(2, Verdict::Pass, &[("drop", 500.0)]);
        let run = folded([part, rest]);
        assert_eq!(run.rehearsed_path(&path), Some(Rehearsed { ms: 3_510, at: 6_000 }));
        assert_eq!(run.rehearsed_path(&id("elsewhere")), None);
    }

    #[test]
    fn a_running_step_is_told_against_its_rehearsal() {
        assert_eq!(folded([running()]).live_attempt().and_then(|up| folded([running()]).budget(up, 9)), None);
        let run = folded([rehearsal(1, Verdict::Pass, &[("up", 12_000.0)]), running()]);
        let up = run.live_attempt().unwrap();
        let told = |ms| run.budget(up, up.running_at.unwrap() + ms).unwrap().sentence();
        assert_eq!(told(-1), "0 s of about 12 s rehearsed");
        assert_eq!(told(4_300), "4 s of about 12 s rehearsed");
        assert_eq!(told(14_000), "14 s, rehearsed in 12 s: up to 18 s is to be expected");
        assert_eq!(told(31_000), "longer than ever seen: rehearsed in 12 s, runs since 31 s");
    }
}
