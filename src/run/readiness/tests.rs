//! Ways back that are open and closed, and what they would lose.

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
        Known::AttemptEnded {
            step: step.clone(),
            attempt,
            outcome,
            duration_ms,
            log_bytes,
            lost_bytes,
            files: None,
        },
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
    let command =
        Command::RollBack { path: id(path), reason, confirm, rows: rows.to_owned(), shown: String::new() };
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
    let gone =
        Known::DatabaseRead { reading: Reading::Unreachable { at: 9, error: "no route to host".to_owned() } };
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
        let command = Command::RollBack {
            path: id("downgrade"),
            reason,
            confirm,
            rows: String::new(),
            shown: String::new(),
        };
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
    assert_eq!(folded([vec![read(says(&["old"], IndexState::Missing, 0))]]).half_way(), None, "not begun");
}
