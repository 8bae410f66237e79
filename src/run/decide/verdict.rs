//! Command said, database says: the verdict on an attempt.

use crate::run::reading::{Outcome, Reading, StepFindings, Verdict, worst};
use crate::run::state::{Attempt, RunState, Stage};
use crate::runbook::{Action, Database, Step};

/// The verdict and its reason in one sentence. The database outweighs the exit code.
pub fn verdict(
    state: &RunState,
    attempt: &Attempt,
    shown: &StepFindings,
    database: Option<&Reading>,
) -> (Verdict, String) {
    let Some((_, step)) = state.runbook.step(&attempt.step) else {
        return (Verdict::Inconclusive, "the runbook has no such step".to_owned());
    };
    let (_, says) = database_says(step, state.runbook.database.as_ref(), database);
    if attempt.stage == Stage::Lost {
        return (Verdict::Inconclusive, join("nobody knows how the command ended", says));
    }
    let outcome = attempt.outcome.as_ref();
    let command_said = outcome.map_or_else(String::new, Outcome::sentence);
    if let (Some(opened), false) = (&attempt.airbag, outcome.is_some_and(|outcome| accepted(step, outcome))) {
        return (Verdict::Fail, join(&format!("{}; command said {command_said}", opened.sentence()), says));
    }
    if let (Some(by), false) = (&attempt.cancel, outcome.is_some_and(|outcome| accepted(step, outcome))) {
        return (Verdict::Fail, join(&format!("cancelled by {}, {command_said}", by.who), says));
    }
    judge(step, outcome, shown, state.runbook.database.as_ref(), database)
}

/// The same of a step that nobody has stopped, wherever it was carried out. `reading` is what the database says after it.
pub fn judge(
    step: &Step,
    outcome: Option<&Outcome>,
    shown: &StepFindings,
    database: Option<&Database>,
    reading: Option<&Reading>,
) -> (Verdict, String) {
    let (fits, says) = database_says(step, database, reading);
    let command_said = outcome.map_or_else(String::new, Outcome::sentence);
    if !outcome.is_some_and(|outcome| accepted(step, outcome)) {
        return (Verdict::Fail, join(&format!("command said {command_said}"), says));
    }
    match worst(&shown.findings) {
        Verdict::Pass => {}
        verdict => {
            let first = shown.findings.iter().find(|finding| finding.verdict == verdict);
            let others =
                shown.findings.iter().filter(|finding| finding.verdict == verdict).count().saturating_sub(1);
            let mut reason = first.map_or_else(String::new, |f| format!("{}: {}", f.subject, f.reason));
            if others > 0 {
                reason.push_str(&format!(" (and {others} more)"));
            }
            return (verdict, reason);
        }
    }
    // A step that says what it leaves cannot pass unseen.
    let unseen = step.leaves.is_some() && fits.is_none();
    let command_said = format!("command said {command_said}");
    match fits {
        Some(false) => (Verdict::Fail, join(&format!("{command_said}, but"), says)),
        _ if unseen => (Verdict::Inconclusive, join(&command_said, says)),
        _ => (Verdict::Pass, join(&command_said, says)),
    }
}

fn accepted(step: &Step, outcome: &Outcome) -> bool {
    match (&step.run, outcome) {
        (Action::Command(command), Outcome::Exited { code }) => command.accept_exit.contains(code),
        (_, Outcome::Exited { code }) => *code == 0,
        _ => false,
    }
}

/// Whether the database is as the step leaves it (none: it says nothing of that, or could not be asked), and what it says.
fn database_says(
    step: &Step,
    database: Option<&Database>,
    reading: Option<&Reading>,
) -> (Option<bool>, Option<String>) {
    match (reading, database, step.leaves) {
        (Some(Reading::Says(says)), Some(database), Some(leaves)) => {
            let (fits, sentence) = says.compare(database, leaves);
            (Some(fits), Some(format!("database says {sentence}")))
        }
        (Some(Reading::Unreachable { error, .. }), ..) => {
            (None, Some(format!("the database could not be read: {error}")))
        }
        _ => (None, None),
    }
}

fn join(first: &str, second: Option<String>) -> String {
    match second {
        Some(second) if first.ends_with("but") => format!("{first} {second}"),
        Some(second) => format!("{first}; {second}"),
        None => first.to_owned(),
    }
}
