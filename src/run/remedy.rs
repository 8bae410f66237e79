//! Which remedies an index can have, by what the database says of it and by what the run wants of it now.

use super::RunState;
use super::reading::{IndexSays, IndexState, Reading, Says};
use crate::runbook::{Database, How, Leaves, PhaseKind, Remedy, Step};
use std::collections::BTreeMap;

impl RunState {
    /// What the database is to be like now: applied, unless the runbook makes the change and has not begun it, or is on a way back
    /// that takes it away.
    pub fn aim(&self) -> Leaves {
        let leaves = |step: &Step, state| step.leaves == Some(state);
        let taken_back =
            self.rollback.is_some() && self.walk().iter().any(|step| leaves(step, Leaves::Reverted));
        let makes =
            || self.runbook.forward().flat_map(|phase| &phase.steps).filter(|s| leaves(s, Leaves::Applied));
        let begun = makes().any(|step| self.last_attempt(&step.id).is_some());
        if taken_back || (!begun && makes().next().is_some()) { Leaves::Reverted } else { Leaves::Applied }
    }

    /// What can be done to an index of the runbook, or to what a rebuild of one has left. Empty: nothing has to be, or only by hand.
    pub fn remedies(&self, says: &Says, index: &str) -> Vec<How> {
        let Some(database) = &self.runbook.database else { return Vec::new() };
        let aim = self.aim();
        let serves = |how: &How| aim == Leaves::Applied || *how == How::Drop;
        let fits = |how: &How| fits(&Remedy { index: index.to_owned(), how: *how }, says, database).is_ok();
        How::ALL.into_iter().filter(serves).filter(fits).collect()
    }

    /// How often each index had been read when the verification ended, by name: what comes on top is the application's. None: it has
    /// not ended, or the database was not read then.
    pub fn counted(&self) -> Option<BTreeMap<String, i64>> {
        let verify = || self.runbook.forward().filter(|phase| phase.kind == PhaseKind::Verify);
        let steps = || verify().flat_map(|phase| &phase.steps);
        if !steps().all(|step| self.step_status(&step.id).done()) {
            return None;
        }
        let last = self.attempts.iter().rev().find(|attempt| steps().any(|step| step.id == attempt.step))?;
        let Some(Reading::Says(says)) = &last.judged.as_ref()?.database else { return None };
        Some(says.indexes.iter().filter_map(|index| Some((index.name.clone(), index.scans?))).collect())
    }

    /// Why no index may be touched yet: a gate before the change is closed.
    pub fn remedies_wait_for(&self) -> Option<String> {
        if self.rollback.is_some() {
            return None;
        }
        let changes = |kind: PhaseKind| !matches!(kind, PhaseKind::Preflight | PhaseKind::Backup);
        let before = self.runbook.forward().take_while(|phase| !changes(phase.kind));
        let closed = before.into_iter().find(|phase| !self.gate_open(phase))?;
        Some(format!("the gate behind \"{}\" is closed: {}", closed.title, self.gate_lacks(closed)))
    }
}

/// Whether the remedy fits what the database says.
///
/// # Errors
/// What is in the way, in a sentence.
pub fn fits(remedy: &Remedy, says: &Says, database: &Database) -> Result<(), String> {
    let name = &remedy.index;
    if let Some(building) = says.indexes.iter().find(|index| index.state == IndexState::Building) {
        return Err(format!("{} is being built: let that end, or cancel it.", building.name));
    }
    let Some(index) = says.index(name) else {
        let left = says.strays.iter().any(|stray| stray.name == *name && stray.is_left_by_rebuild(database));
        return match remedy.how {
            How::Drop if left => Ok(()),
            _ if left => Err(format!("{name} was left behind by a rebuild: it can only be dropped.")),
            _ => Err(format!("{name} is no index of this runbook.")),
        };
    };
    if let (Some(constraint), How::Drop | How::Replace) = (&index.constraint, remedy.how) {
        return Err(format!("{name} belongs to the constraint {constraint}, and goes only with that."));
    }
    let as_defined = as_defined(index, database);
    let fits = match (remedy.how, index.state) {
        (How::Build, state) => state == IndexState::Missing,
        (How::Rebuild, state) => matches!(state, IndexState::Ok | IndexState::Invalid) && as_defined,
        (How::Replace, IndexState::Different) => true,
        (How::Replace, state) => state == IndexState::Invalid && !as_defined,
        (How::Drop, state) => matches!(state, IndexState::Ok | IndexState::Invalid | IndexState::Different),
    };
    if fits { Ok(()) } else { Err(format!("{name} is {}.", index.state.word())) }
}

fn as_defined(index: &IndexSays, database: &Database) -> bool {
    let expected = database.indexes.iter().find(|expected| expected.name == index.name);
    expected.is_some_and(|expected| index.definition.as_ref() == Some(&expected.definition))
}

/// Whether the remedy has done what it is for.
pub fn is_done(remedy: &Remedy, says: &Says) -> bool {
    match (remedy.how, says.index(&remedy.index)) {
        (How::Drop, Some(index)) => index.state == IndexState::Missing,
        (How::Drop, None) => says.strays.iter().all(|stray| stray.name != remedy.index),
        (_, index) => index.is_some_and(|index| index.state == IndexState::Ok),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::command::{Command, Envelope};
    use crate::run::decide::decide;
    use crate::run::event::{Body, Event, Known};
    use crate::run::reading::{Outcome, StepFindings, Stray, Verdict};
    use crate::run::tests::{actor, events_of, id};
    use crate::run::view::StepStatus;
    use crate::run::wants::Want;
    use crate::run::{Permission, Refusal};

    const RUNBOOK: &str = r#"{
      "slug": "small", "title": "Small", "summary": "",
      "database": {"schema": "s", "indexes": [
        {"name": "a", "table": "t", "definition": "CREATE INDEX a ON s.t USING btree (a)"},
        {"name": "b", "table": "t", "definition": "CREATE INDEX b ON s.t USING btree (b)"}]},
      "phases": [
        {"id": "preflight", "title": "Preflight", "kind": "preflight", "items": [{"id": "window", "title": "A window is agreed"}]},
        {"id": "migrate", "title": "Migrate", "kind": "migrate",
         "steps": [{"id": "up", "title": "Upgrade", "timeout": "1m", "leaves": "applied", "run": {"command": {"argv": ["true"]}}}],
         "gate": {"statement": "Good", "sign_offs": [{"role": "dba"}]}},
        {"id": "back", "title": "Back", "kind": "rollback",
         "steps": [{"id": "down", "title": "Downgrade", "timeout": "1m", "leaves": "reverted", "run": {"command": {"argv": ["true"]}}}]}
      ],
      "rollback": [{"id": "downgrade", "title": "Downgrade", "summary": "", "loses": "nothing", "steps": ["down"]}]
    }"#;

    fn says(a: IndexState, strays: &[&str]) -> Says {
        let index = |name: &str, state| IndexSays {
            name: name.to_owned(),
            table: "t".to_owned(),
            state,
            definition: (state != IndexState::Different)
                .then(|| format!("CREATE INDEX {name} ON s.t USING btree ({name})")),
            bytes: None,
            scans: None,
            constraint: None,
        };
        let stray = |name: &&str| Stray {
            name: (*name).to_owned(),
            table: "t".to_owned(),
            definition: String::new(),
        };
        let indexes = vec![index("a", a), index("b", IndexState::Ok)];
        Says {
            at: 0,
            revisions: Vec::new(),
            indexes,
            strays: strays.iter().map(stray).collect(),
            ..Says::default()
        }
    }

    fn attempt(step: &str, verdict: Verdict, says: Says) -> Vec<Known> {
        let (step, attempt) = (id(step), 1);
        let (outcome, database) = (Outcome::Exited { code: 0 }, Some(Reading::Says(says)));
        let (duration_ms, log_bytes, lost_bytes) = (5, 0, 0);
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
            Known::AttemptJudged {
                step,
                attempt,
                verdict,
                reason: String::new(),
                shown: StepFindings::default(),
                database,
            },
        ]
    }

    /// The change was made, and the database says this of it.
    fn changed(says: Says) -> Vec<Known> {
        let answer = crate::run::event::Answer::Done;
        let window = Known::ItemAnswered { item: id("window"), answer, note: String::new() };
        [window].into_iter().chain(attempt("up", Verdict::Fail, says)).collect()
    }

    fn folded(known: Vec<Known>) -> RunState {
        RunState::fold(&events_of(RUNBOOK, known)).unwrap()
    }

    fn choose(state: &RunState, index: &str, how: How) -> Result<Vec<Known>, Refusal> {
        let command = Command::Remedy { index: index.to_owned(), how, reason: "it is needed".to_owned() };
        let envelope = Envelope { command_id: "c".to_owned(), expected_seq: state.seq, command };
        decide(state, &envelope, &actor("ann", &[Permission::Operator]), 0)
    }

    fn take(mut state: RunState, known: Vec<Known>) -> RunState {
        for known in known {
            let event = Event::seal(&state.hash, state.seq + 1, 9, "ann", None, Body::Known(known));
            state.apply(&event);
        }
        state
    }

    fn why(refused: Result<Vec<Known>, Refusal>) -> String {
        let refusal = refused.unwrap_err();
        format!("{} {}", refusal.why, refusal.hint)
    }

    #[test]
    fn each_state_has_the_remedies_that_fit() {
        let offered = |state, strays: &[&str], index| {
            let says = says(state, strays);
            folded(changed(says.clone())).remedies(&says, index)
        };
        assert_eq!(offered(IndexState::Missing, &[], "a"), [How::Build]);
        assert_eq!(offered(IndexState::Invalid, &[], "a"), [How::Rebuild, How::Drop]);
        assert_eq!(offered(IndexState::Different, &[], "a"), [How::Replace, How::Drop]);
        assert_eq!(offered(IndexState::Ok, &[], "a"), [How::Rebuild, How::Drop]);
        assert_eq!(offered(IndexState::NameTaken, &[], "a"), []);
        assert_eq!(offered(IndexState::Building, &[], "b"), [], "while anything is being built");
        assert_eq!(offered(IndexState::Ok, &["a_ccnew1"], "a_ccnew1"), [How::Drop]);
        assert_eq!(offered(IndexState::Ok, &["foreign"], "foreign"), []);
    }

    #[test]
    fn a_remedy_is_a_step_of_the_run_and_the_way_goes_on_without_it() {
        let state = folded(changed(says(IndexState::Invalid, &[])));
        let chosen = choose(&state, "a", How::Rebuild).unwrap();
        let state = take(state, chosen);
        let (phase, step) = state.runbook.step(&id("remedy-1")).unwrap();
        assert_eq!((phase.kind, step.title.as_str()), (PhaseKind::Remedy, "Rebuild a"));
        assert_eq!(state.present_step().map(|step| &step.id), Some(&id("remedy-1")));
        assert!(why(choose(&state, "a", How::Drop)).contains("\"Rebuild a\" is queued"));
        let failed =
            take(state, attempt("remedy-1", Verdict::Fail, says(IndexState::Invalid, &[])).split_off(1));
        assert!(matches!(failed.want(), Want::Choose(step) if step.id == id("remedy-1")));
        assert_eq!(failed.next_step().map(|step| &step.id), Some(&id("up")), "which it does not hold up");
        assert_eq!(failed.waits_for(&id("remedy-1")), None);
        let again = choose(&failed, "a", How::Drop).unwrap();
        let again = take(failed, again);
        assert_eq!(again.step_status(&id("remedy-2")), StepStatus::Queued);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_does() {
        let state = folded(changed(says(IndexState::Missing, &[])));
        let told = why(choose(&state, "a", How::Drop));
        assert_eq!(told, "Drop a does not fit: a is missing. What fits: Build.");
        assert!(why(choose(&state, "x", How::Drop)).contains("x is no index of this runbook"));
        let building = folded(changed(says(IndexState::Building, &[])));
        assert!(why(choose(&building, "b", How::Drop)).contains("a is being built"));
        let unread = folded(Vec::new());
        assert!(why(choose(&unread, "a", How::Drop)).contains("Take an index inventory first."));
    }

    #[test]
    fn before_its_gate_nothing_is_touched_and_on_a_way_back_things_only_go() {
        let reading = Reading::Says(says(IndexState::Different, &[]));
        let early = folded(vec![Known::DatabaseRead { reading }]);
        assert!(why(choose(&early, "a", How::Drop)).contains("the gate behind \"Preflight\" is closed"));
        let chosen = Known::RollbackChosen { path: id("downgrade"), reason: "slow".to_owned(), rows: None };
        let back = take(folded(changed(says(IndexState::Invalid, &[]))), vec![chosen]);
        assert!(choose(&back, "a", How::Rebuild).is_err());
        assert!(choose(&back, "a", How::Drop).is_ok());
    }

    #[test]
    fn what_was_signed_is_void_once_an_index_is_touched() {
        let signed = Known::SignedOff {
            phase: id("migrate"),
            role: id("dba"),
            note: String::new(),
            intent: None,
            in_place_of: None,
        };
        let state = take(folded(changed(says(IndexState::Ok, &[]))), vec![signed]);
        let events = choose(&state, "a", How::Drop).unwrap();
        let voided =
            |known: &Known| matches!(known, Known::SignOffsVoided { phase, .. } if *phase == id("migrate"));
        assert!(events.iter().any(voided), "{events:?}");
    }

    #[test]
    fn an_index_of_a_constraint_goes_with_that_alone() {
        let mut says = says(IndexState::Different, &[]);
        says.indexes[0].constraint = Some("uq".to_owned());
        let state = folded(changed(says.clone()));
        assert_eq!(state.remedies(&says, "a"), []);
    }
}
