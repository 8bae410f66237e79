//! Whether each way back is open now, what it loses, and until when it has to be chosen. The page shows it and `decide` goes by it.

use super::reading::{IndexState, Reading, Says};
use super::state::Attempt;
use super::view::StepStatus;
use super::writes::TableWrites;
use super::{Ms, RunState};
use crate::runbook::{Id, Leaves, Need, PhaseKind, RollbackPath, Value};
use crate::text::{clock, duration};

/// Whether a way back can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    Yes,
    /// Why not, and what would open it.
    No {
        why: String,
        hint: String,
    },
    /// What it hangs on cannot be seen now: its steps look for themselves.
    Unseen(String),
}

/// What was written since the backup, and would go out of sight with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Only tables in which something was written.
    Rows(Vec<TableWrites>),
    /// Why nobody can tell.
    Unknown(String),
}

impl Loss {
    /// What whoever takes the way back has to type.
    pub fn typed(&self) -> String {
        self.rows().map_or_else(|| "unknown".to_owned(), |rows| rows.to_string())
    }

    pub fn rows(&self) -> Option<i64> {
        match self {
            Self::Rows(tables) => Some(tables.iter().map(TableWrites::rows).sum()),
            Self::Unknown(_) => None,
        }
    }
}

/// The window, in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: Ms,
    pub until: Ms,
}

/// When a way back has to be chosen to be back within the window, Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub decide_by: Ms,
    pub back_by: Ms,
}

impl RunState {
    /// What the target says now; none where it was never asked or cannot be reached.
    fn says(&self) -> Option<&Says> {
        match &self.database {
            Some(Reading::Says(says)) => Some(says),
            _ => None,
        }
    }

    /// Whether this way back is open.
    pub fn open(&self, path: &RollbackPath) -> Open {
        let answers = path.needs.iter().map(|need| self.met(*need)).chain([self.nobody_else_builds(path)]);
        // A refusal outweighs what cannot be seen.
        answers.fold(Open::Yes, |all, one| match (&all, &one) {
            (Open::No { .. }, _) | (_, Open::Yes) => all,
            (Open::Unseen(_), Open::Unseen(_)) => all,
            _ => one,
        })
    }

    fn met(&self, need: Need) -> Open {
        match need {
            Need::ProvenBackup => match self.backup_unproven() {
                None => Open::Yes,
                Some(why) => no(why, "Take another way back, or prove the backup first."),
            },
            Need::OwnRevision => self.seen(|says| self.own_revision(says)),
            Need::NoDependants => self.seen(no_dependants),
        }
    }

    fn seen(&self, judge: impl FnOnce(&Says) -> Open) -> Open {
        let unreachable = || match &self.database {
            Some(Reading::Unreachable { error, .. }) => format!("the target cannot be reached: {error}"),
            _ => "the target was not asked yet".to_owned(),
        };
        self.says().map_or_else(|| Open::Unseen(unreachable()), judge)
    }

    fn own_revision(&self, says: &Says) -> Open {
        let Some(revision) = self.runbook.database.as_ref().and_then(|database| database.revision.as_ref())
        else {
            return Open::Yes;
        };
        match says.revisions.as_slice() {
            [one] if *one == revision.before || *one == revision.after => Open::Yes,
            [one] => no(
                format!("the database stands at revision {one}, which this change has not made"),
                "From there it would take back what others did: go back to the change's own revision first, by hand.",
            ),
            [] => no("no revision is stored", "Take a way back that does not go by the revision."),
            many => no(
                format!("{} revisions are stored: {}", many.len(), many.join(", ")),
                "One of them is wrong. Take a way back that does not go by the revision, or delete the wrong row by hand.",
            ),
        }
    }

    /// An index that somebody builds cannot be dropped. What this run builds is cancelled first.
    fn nobody_else_builds(&self, path: &RollbackPath) -> Open {
        let reverts = path.steps.iter().filter_map(|id| self.runbook.step(id));
        let reverts = reverts.into_iter().any(|(_, step)| step.leaves == Some(Leaves::Reverted));
        let building = || {
            let mut indexes = self.says()?.indexes.iter();
            indexes.find(|index| index.state == IndexState::Building)
        };
        match building().filter(|_| reverts && self.live_attempt().is_none()) {
            Some(index) => no(
                format!("{} is being built by a session that is not this run's", index.name),
                "Let that end, or end the session, then look again.",
            ),
            None => Open::Yes,
        }
    }

    /// Why the backup is not proven; none where it is.
    pub fn backup_unproven(&self) -> Option<String> {
        let Some(backup) = &self.runbook.backup else {
            return Some("the runbook takes no backup".to_owned());
        };
        let place = |step: &Id| self.attempts.iter().rposition(|attempt| attempt.step == *step);
        let passed = |step: &Id| self.step_status(step) == StepStatus::Succeeded;
        let (Some(taken), true) = (place(&backup.taken_by), passed(&backup.taken_by)) else {
            return Some("no backup was taken".to_owned());
        };
        match place(&backup.proven_by) {
            Some(proven) if proven > taken && passed(&backup.proven_by) => None,
            Some(proven) if proven > taken => Some("the backup did not prove to be good".to_owned()),
            _ => Some("the backup is not proven".to_owned()),
        }
    }

    /// The attempt that took the backup which would be restored.
    pub fn backup(&self) -> Option<&Attempt> {
        let step = &self.runbook.backup.as_ref()?.taken_by;
        self.last_attempt(step).filter(|_| self.step_status(step) == StepStatus::Succeeded)
    }

    /// What was written since the backup; none where none was taken.
    pub fn written_since_backup(&self) -> Option<Loss> {
        let backup = self.backup()?;
        let unknown = |why: &str| Loss::Unknown(why.to_owned());
        let Some(then) = &backup.writes_before else {
            return Some(unknown("the counters were not read before the backup"));
        };
        let Some(now) = self.says().and_then(|says| says.writes.as_ref()) else {
            return Some(unknown("the target cannot be asked now"));
        };
        Some(now.since(then).map_or_else(unknown, Loss::Rows))
    }

    /// From the first step of the change on; none before it, and where the runbook names no window.
    pub fn window(&self) -> Option<Window> {
        let Value::Integer(minutes) = self.parameters.get(self.runbook.window.as_ref()?)? else {
            return None;
        };
        let changes = |attempt: &&Attempt| {
            self.runbook.step(&attempt.step).is_some_and(|(phase, _)| phase.kind == PhaseKind::Migrate)
        };
        let from = self.attempts.iter().find(changes)?.queued.at;
        Some(Window { from, until: from + minutes * 60_000 })
    }

    /// By the rehearsal with its margin; none without a rehearsal, without a window, and before the window has begun.
    pub fn deadline(&self, path: &RollbackPath) -> Option<Deadline> {
        let back_by = self.window()?.until;
        Some(Deadline { decide_by: back_by - self.rehearsed_path(&path.id)?.most_ms(), back_by })
    }

    /// How long it took on the copy, and until when it must be chosen to be back within the window. In words.
    pub fn takes(&self, path: &RollbackPath) -> String {
        let Some(rehearsed) = self.rehearsed_path(&path.id) else {
            return "Not rehearsed: how long it takes is not known.".to_owned();
        };
        let took =
            format!("Rehearsed at {}: {}.", clock::time_utc(rehearsed.at), duration::words(rehearsed.ms));
        let deadline = self.deadline(path).map(|deadline| {
            let (by, back) = (clock::time_utc(deadline.decide_by), clock::time_utc(deadline.back_by));
            format!(" Decide by {by} to be back by {back}.")
        });
        took + &deadline.unwrap_or_default()
    }

    /// What else whoever takes this way back should know.
    pub fn beware(&self, path: &RollbackPath) -> Vec<String> {
        let reverts = path.steps.iter().filter_map(|id| self.runbook.step(id));
        if !reverts.into_iter().any(|(_, step)| step.leaves == Some(Leaves::Reverted)) {
            return Vec::new();
        }
        let Some(says) = self.said.as_ref() else { return Vec::new() };
        let told = |index: &super::reading::IndexSays| match (&index.constraint, index.state) {
            (Some(constraint), _) => Some(format!(
                "{} belongs to the constraint {constraint}, and goes only with that.",
                index.name
            )),
            (None, IndexState::Different) => Some(format!(
                "{} is not as this change defines it: it may be somebody else's, and stays.",
                index.name
            )),
            (None, IndexState::NameTaken) => Some(format!("{} is no index: it stays.", index.name)),
            _ => None,
        };
        says.indexes.iter().filter_map(told).collect()
    }

    /// Where the change is neither made nor absent: what is left to do for either end.
    pub fn half_way(&self) -> Option<HalfWay> {
        let database = self.runbook.database.as_ref()?;
        let says = self.said.as_ref().filter(|says| !says.indexes.is_empty())?;
        let begun = self
            .attempts
            .iter()
            .any(|attempt| self.runbook.step(&attempt.step).is_some_and(|(_, step)| step.leaves.is_some()));
        let whole = |leaves| says.compare(database, leaves).0;
        if !begun || whole(Leaves::Applied) || whole(Leaves::Reverted) {
            return None;
        }
        let count = |state| says.count(state);
        Some(HalfWay {
            build: count(IndexState::Missing),
            rebuild: count(IndexState::Invalid) + count(IndexState::Different),
            drop: count(IndexState::Ok) + count(IndexState::Invalid) + count(IndexState::Different),
        })
    }
}

/// How many indexes there are to build, to put right, or to drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfWay {
    pub build: usize,
    pub rebuild: usize,
    pub drop: usize,
}

fn no(why: impl Into<String>, hint: &str) -> Open {
    Open::No { why: why.into(), hint: hint.to_owned() }
}

fn no_dependants(says: &Says) -> Open {
    /// So many are named.
    const NAMED: usize = 3;
    let (all, more) = (&says.dependants, says.dependants.len().saturating_sub(NAMED));
    if all.is_empty() {
        return Open::Yes;
    }
    let named = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    no(
        format!("other schemas depend on this one and would stay with the old one: {named}{more}"),
        "Restore beside, and repair rows from there.",
    )
}

#[cfg(test)]
mod tests;
