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
            format!("Rehearsed at {}: {}.", clock::time_of_day(rehearsed.at), duration::words(rehearsed.ms));
        let deadline = self.deadline(path).map(|deadline| {
            let (by, back) = (clock::time_of_day(deadline.decide_by), clock::time_of_day(deadline.back_by));
            format!(" Decide by {by} to be back by {back} UTC.")
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
mod tests {
    use super::*;
    use crate::run::decide::decide;
    use crate::run::event::{Body, Event, Known};
    use crate::run::reading::{IndexSays, Outcome, StepFindings, Verdict};
    use crate::run::tests::{actor, events_of, id};
    use crate::run::writes::Writes;
    use crate::run::{Command, Envelope, Permission, Refusal};

    const RUNBOOK: &str = r#"{
      "slug": "small", "title": "Small", "summary": "", "window": "minutes",
      "parameters": {"minutes": {"type": "integer", "title": "Minutes"}},
      "database": {"schema": "s", "revision": {"table": "v", "column": "v", "before": "old", "after": "new"},
        "indexes": [{"name": "a", "table": "t", "definition": ""}, {"name": "b", "table": "t", "definition": ""}]},
      "backup": {"taken_by": "dump", "proven_by": "prove"},
      "phases": [
        {"id": "backup", "title": "Backup", "kind": "backup", "steps": [
          {"id": "dump", "title": "Dump", "timeout": "1m", "run": {"command": {"argv": ["true"]}}},
          {"id": "prove", "title": "Prove", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}]},
        {"id": "migrate", "title": "Migrate", "kind": "migrate", "steps": [
          {"id": "up", "title": "Upgrade", "timeout": "1m", "leaves": "applied", "run": {"command": {"argv": ["true"]}}}]},
        {"id": "back", "title": "Back", "kind": "rollback", "steps": [
          {"id": "down", "title": "Downgrade", "timeout": "1m", "leaves": "reverted", "run": {"command": {"argv": ["true"]}}},
          {"id": "restore", "title": "Restore", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}]}
      ],
      "rollback": [
        {"id": "downgrade", "title": "Downgrade", "summary": "", "loses": "nothing", "needs": ["own_revision"], "steps": ["down"]},
        {"id": "restore", "title": "Restore", "summary": "", "loses": "all since", "loses_writes": true,
         "needs": ["proven_backup", "no_dependants"], "steps": ["restore"]}]
    }"#;

    fn says(revisions: &[&str], a: IndexState, inserted: i64) -> Says {
        let index = |name: &str, state| IndexSays {
            name: name.to_owned(),
            table: "t".to_owned(),
            state,
            definition: None,
            bytes: None,
            scans: None,
            constraint: None,
        };
        let table = TableWrites { oid: 7, table: "t".to_owned(), inserted, updated: 0, deleted: 0 };
        Says {
            revisions: revisions.iter().map(|&revision| revision.to_owned()).collect(),
            indexes: vec![index("a", a), index("b", IndexState::Ok)],
            writes: Some(Writes { reset: Some(1), tables: vec![table] }),
            ..Says::default()
        }
    }

    fn read(says: Says) -> Known {
        Known::DatabaseRead { reading: Reading::Says(says) }
    }

    fn attempt(step: &str, attempt: u32, verdict: Verdict) -> Vec<Known> {
        let step = id(step);
        let (outcome, duration_ms, log_bytes, lost_bytes) = (Outcome::Exited { code: 0 }, 5, 0, 0);
        let (reason, shown) = (String::new(), StepFindings::default());
        vec![
            Known::AttemptQueued { step: step.clone(), attempt, reason: String::new() },
            Known::AttemptStarting { step: step.clone(), attempt },
            Known::AttemptRunning { step: step.clone(), attempt },
            Known::AttemptEnded { step: step.clone(), attempt, outcome, duration_ms, log_bytes, lost_bytes },
            Known::AttemptJudged { step, attempt, verdict, reason, shown, database: None },
        ]
    }

    fn folded(parts: impl IntoIterator<Item = Vec<Known>>) -> RunState {
        RunState::fold(&events_of(RUNBOOK, parts.into_iter().flatten())).unwrap()
    }

    fn backed_up() -> Vec<Known> {
        let before = vec![read(says(&["old"], IndexState::Missing, 100))];
        [before, attempt("dump", 1, Verdict::Pass), attempt("prove", 1, Verdict::Pass)].concat()
    }

    fn open(state: &RunState, path: &str) -> Open {
        state.open(state.runbook.path(&id(path)).unwrap())
    }

    fn why(open: Open) -> String {
        match open {
            Open::No { why, .. } => why,
            other => panic!("{other:?}"),
        }
    }

    fn take(state: &RunState, path: &str, rows: &str) -> Result<Vec<Known>, Refusal> {
        let (confirm, reason) = ("shop".to_owned(), "it is slow".to_owned());
        let command = Command::RollBack { path: id(path), reason, confirm, rows: rows.to_owned() };
        let envelope = Envelope { command_id: "c".to_owned(), expected_seq: state.seq, command };
        decide(state, &envelope, &actor("olive", &[Permission::Operator]), 0)
    }

    #[test]
    fn by_the_revision_one_goes_back_only_from_the_changes_own() {
        let at =
            |revisions: &[&str]| open(&folded([vec![read(says(revisions, IndexState::Ok, 0))]]), "downgrade");
        assert_eq!(at(&["new"]), Open::Yes);
        assert_eq!(at(&["old"]), Open::Yes, "an upgrade that was stopped has not set it");
        assert!(why(at(&["old", "new"])).contains("2 revisions are stored: old, new"));
        assert!(why(at(&["newer"])).contains("newer, which this change has not made"));
        assert!(why(at(&[])).contains("no revision"));
        assert!(matches!(open(&folded([]), "downgrade"), Open::Unseen(_)));
    }

    #[test]
    fn a_refused_way_back_is_refused_by_decide_too() {
        let state = folded([vec![read(says(&["old", "new"], IndexState::Ok, 0))]]);
        let refused = take(&state, "downgrade", "").unwrap_err();
        assert!(refused.why.starts_with("This way back is closed: 2 revisions"), "{}", refused.why);
        assert!(!refused.hint.is_empty());
    }

    #[test]
    fn where_the_target_cannot_be_reached_what_was_said_stays_and_the_way_back_is_not_refused() {
        let gone = Known::DatabaseRead {
            reading: Reading::Unreachable { at: 9, error: "no route to host".to_owned() },
        };
        let state = folded([vec![read(says(&["new"], IndexState::Ok, 0)), gone]]);
        assert_eq!(state.said.as_ref().map(|said| said.revisions.as_slice()), Some(&["new".to_owned()][..]));
        assert!(matches!(open(&state, "downgrade"), Open::Unseen(why) if why.contains("no route to host")));
        assert!(take(&state, "downgrade", "").is_ok());
    }

    #[test]
    fn only_a_backup_that_was_proven_after_it_was_taken_is_restored() {
        assert!(why(open(&folded([]), "restore")).contains("no backup was taken"));
        let dumped = attempt("dump", 1, Verdict::Pass);
        assert!(why(open(&folded([dumped.clone()]), "restore")).contains("not proven"));
        let bad = [dumped, attempt("prove", 1, Verdict::Fail)].concat();
        assert!(why(open(&folded([bad]), "restore")).contains("did not prove"));
        assert_eq!(open(&folded([backed_up()]), "restore"), Open::Yes);
        let anew = folded([backed_up(), attempt("dump", 2, Verdict::Pass)]);
        assert!(why(open(&anew, "restore")).contains("not proven"), "the proof was of the backup before");
    }

    #[test]
    fn a_schema_that_others_depend_on_is_not_moved_away() {
        let dependants = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let said = Says { dependants, ..says(&["new"], IndexState::Ok, 0) };
        let state = folded([backed_up(), vec![read(said)]]);
        assert!(why(open(&state, "restore")).ends_with("a, b, c and 1 more"));
    }

    #[test]
    fn an_index_that_others_build_closes_the_way_back_and_one_of_our_own_does_not() {
        let building = vec![read(says(&["old"], IndexState::Building, 0))];
        let state = folded([building.clone()]);
        assert!(why(open(&state, "downgrade")).contains("a is being built"));
        let ours = attempt("up", 1, Verdict::Pass)[..3].to_vec();
        assert_eq!(open(&folded([ours, building]), "downgrade"), Open::Yes);
    }

    #[test]
    fn who_gives_up_rows_types_how_many() {
        let after = |inserted| folded([backed_up(), vec![read(says(&["new"], IndexState::Ok, inserted))]]);
        assert_eq!(after(100).written_since_backup().map(|loss| loss.typed()), Some("0".to_owned()));
        let state = after(1_350);
        assert_eq!(state.written_since_backup().and_then(|loss| loss.rows()), Some(1_250));
        let refused = take(&state, "restore", "").unwrap_err();
        assert!(refused.why.contains("1250"), "{}", refused.why);
        assert!(take(&state, "restore", "1249").is_err(), "somebody wrote meanwhile");
        let chosen = take(&state, "restore", "1,250").unwrap();
        assert!(matches!(chosen[0], Known::RollbackChosen { rows: Some(1_250), .. }));
        assert!(take(&after(50), "restore", "1").is_err(), "the counters went back");
        let chosen = take(&after(50), "restore", "unknown").unwrap();
        assert!(matches!(chosen[0], Known::RollbackChosen { rows: None, .. }));
        assert!(take(&state, "downgrade", "").is_ok(), "which loses none");
    }

    #[test]
    fn a_way_back_for_two_starts_with_the_second_person() {
        let mut runbook: serde_json::Value = serde_json::from_str(RUNBOOK).unwrap();
        runbook["rollback"][0]["second_person"] = true.into();
        let runbook = runbook.to_string();
        let with = |known: Vec<Known>| {
            RunState::fold(&events_of(
                &runbook,
                [read(says(&["new"], IndexState::Ok, 0))].into_iter().chain(known),
            ))
            .unwrap()
        };
        let asked = take(&with(vec![]), "downgrade", "").unwrap();
        assert!(matches!(asked[..], [Known::RollbackAsked { .. }]), "{asked:?}");
        // `events_of` has ann do everything.
        let state = with(asked);
        assert!(state.rollback.is_none());
        let by = |name: &str, permission| {
            let (confirm, reason) = ("shop".to_owned(), "so do I".to_owned());
            let command = Command::RollBack { path: id("downgrade"), reason, confirm, rows: String::new() };
            let envelope = Envelope { command_id: "c".to_owned(), expected_seq: state.seq, command };
            decide(&state, &envelope, &actor(name, &[permission]), 0)
        };
        let refused = by("ann", Permission::Operator).unwrap_err();
        assert!(refused.why.contains("it takes a second person"), "{}", refused.why);
        assert!(by("vera", Permission::Viewer).is_err());
        for (name, permission) in [("ben", Permission::Approver), ("olive", Permission::Operator)] {
            assert!(matches!(by(name, permission).unwrap()[0], Known::RollbackChosen { .. }));
        }
    }

    #[test]
    fn the_window_begins_with_the_first_step_of_the_change() {
        let with_minutes = |parts: Vec<Vec<Known>>| {
            let mut events = events_of(RUNBOOK, parts.into_iter().flatten());
            if let Body::Known(Known::RunStarted { parameters, .. }) = &mut events[0].body {
                parameters.insert(id("minutes"), Value::Integer(15));
            }
            RunState::fold::<'_>(&events.iter().map(Event::clone).collect::<Vec<_>>()).unwrap()
        };
        assert_eq!(with_minutes(vec![backed_up()]).window(), None);
        let state = with_minutes(vec![backed_up(), attempt("up", 1, Verdict::Fail)]);
        let from = state.last_attempt(&id("up")).unwrap().queued.at;
        assert_eq!(state.window(), Some(Window { from, until: from + 900_000 }));
    }

    #[test]
    fn half_way_says_what_is_left_for_either_end() {
        let at = |state, revision| {
            let judged = attempt("up", 1, Verdict::Fail);
            folded([judged, vec![read(says(&[revision], state, 0))]]).half_way()
        };
        assert_eq!(at(IndexState::Ok, "new"), None);
        assert_eq!(at(IndexState::Missing, "old"), Some(HalfWay { build: 1, rebuild: 0, drop: 1 }));
        assert_eq!(at(IndexState::Invalid, "old"), Some(HalfWay { build: 0, rebuild: 1, drop: 2 }));
        assert_eq!(
            folded([vec![read(says(&["old"], IndexState::Missing, 0))]]).half_way(),
            None,
            "not begun"
        );
    }
}
