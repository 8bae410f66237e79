//! The rules, walked as people walk them.

mod challenge;
mod controls;
mod crowd;
mod delegation;
mod intent;
mod own;
mod step_up;
mod window;

use super::*;
use crate::run::command::Report;
use crate::run::event::{Answer, Body, Event, NO_HASH, Pace};
use crate::run::intent::{Intent, Line};
use crate::run::reading::{
    IndexSays, IndexState, Outcome, Reading, Says, StepFindings, TargetFacts, Verdict,
};
use crate::run::state::RunState;
use crate::run::view::{ItemStatus, StepStatus};
use crate::run::{Grant, Permission, Place, Proof, RunId};
use crate::runbook::{Id, Runbook};
use std::collections::BTreeMap;
use std::sync::Arc;

const RUNBOOK: &str = r#"{
  "slug": "test", "title": "Test", "summary": "",
  "database": {"schema": "s", "revision": {"table": "v", "column": "n", "before": "old", "after": "new"},
    "indexes": [{"name": "i", "table": "t", "definition": "d"}]},
  "phases": [
    {"id": "preflight", "title": "Preflight", "kind": "preflight",
     "items": [{"id": "window", "title": "Window"},
               {"id": "space", "title": "Space", "probe": {"query": {"sql": "SELECT 1"}}},
               {"id": "backed", "title": "Backed up", "probe": {"step": "dump"}}],
     "steps": [{"id": "dump", "title": "Dump", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}],
     "gate": {"statement": "Go", "sign_offs": [{"role": "dba", "people": 2}]}},
    {"id": "migrate", "title": "Migrate", "kind": "migrate",
     "steps": [{"id": "up", "title": "Up", "timeout": "1m", "leaves": "applied", "run": {"command": {"argv": ["true"]}}},
               {"id": "look", "title": "Look", "timeout": "1m", "run": {"query": {"sql": "SELECT 1"}}}]},
    {"id": "back", "title": "Back", "kind": "rollback",
     "steps": [{"id": "down", "title": "Down", "timeout": "1m", "leaves": "reverted", "run": {"command": {"argv": ["true"]}}}]}
  ],
  "rollback": [{"id": "downgrade", "title": "Downgrade", "summary": "", "loses": "nothing", "needs": ["own_revision"], "steps": ["down"]}]
}"#;

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn person(name: &str, permissions: &[Permission], roles: &[&str]) -> Actor {
    Actor {
        name: name.to_owned(),
        permissions: permissions.iter().copied().collect(),
        grants: [].into(),
        sign_off_roles: roles.iter().map(|role| id(role)).collect(),
        screen: None,
        proof: Proof::Terminal,
        console: false,
    }
}

fn operator() -> Actor {
    person("olive", &[Permission::Operator], &[])
}

fn approver(name: &str) -> Actor {
    person(name, &[Permission::Approver], &["dba"])
}

/// A run with what people and console do to it.
#[derive(Clone)]
struct Walk {
    events: Vec<Event>,
    state: RunState,
    commands: u32,
}

impl Walk {
    fn begin(pace: Pace) -> Self {
        let runbook: Runbook = serde_json::from_str(RUNBOOK).unwrap();
        assert_eq!(crate::runbook::rules::problems(&runbook), []);
        let target = TargetFacts {
            name: id("prod"),
            environment: "production".to_owned(),
            host: "h".to_owned(),
            database: "shop".to_owned(),
            user: "u".to_owned(),
            server_version: "15.18".to_owned(),
            system_identifier: None,
            step_up: None,
        };
        let start = Start {
            run: RunId::parse(&"a".repeat(32)).unwrap(),
            command_id: None,
            runbook: Arc::new(runbook),
            runbook_sha256: "0".repeat(64),
            target,
            parameters: BTreeMap::new(),
            pace,
            preflight: None,
        };
        let bodies = decide_start(&start, None, &operator()).unwrap();
        let first = Event::seal(NO_HASH, 1, 1_000, "olive", None, Body::Known(bodies[0].clone()));
        Self { state: RunState::start(&first).unwrap(), events: vec![first], commands: 0 }
    }

    fn push(&mut self, actor: &str, command_id: Option<String>, bodies: Vec<Known>) {
        for body in bodies {
            let (seq, at) = (self.state.seq + 1, 1_000 * (self.state.seq as i64 + 1));
            let event = Event::seal(&self.state.hash, seq, at, actor, command_id.clone(), Body::Known(body));
            self.state.apply(&event);
            self.events.push(event);
        }
    }

    fn try_as(&mut self, actor: &Actor, command: Command) -> Result<(), Refusal> {
        if let Command::SignOff { phase, .. } = &command {
            self.resolved(phase.as_str(), []);
        }
        self.commands += 1;
        let command_id = format!("c{}", self.commands);
        let envelope = Envelope { command_id: command_id.clone(), expected_seq: self.state.seq, command };
        let bodies = decide(&self.state, &envelope, actor, 0)?;
        self.push(&actor.name, Some(command_id), bodies);
        Ok(())
    }

    /// What the console does before a signature and before a start; `more`: what it has read.
    fn resolved<const N: usize>(&mut self, phase: &str, more: [Line; N]) -> &mut Self {
        let mut lines = self.state.intended(self.state.runbook.phase(&id(phase)).unwrap());
        lines.extend(more);
        self.report(Report::Resolved { phase: id(phase), intent: Intent::new(lines) })
    }

    fn go(&mut self, actor: &Actor, command: Command) -> &mut Self {
        self.try_as(actor, command).unwrap();
        self
    }

    fn refused(&mut self, actor: &Actor, command: Command) -> Refusal {
        self.try_as(actor, command).unwrap_err()
    }

    fn report(&mut self, report: Report) -> &mut Self {
        let bodies = decide_report(&self.state, report, 0);
        self.push(Actor::CONSOLE, None, bodies);
        self
    }

    /// The live attempt ends with that exit code and the database says this.
    fn ends(&mut self, code: i32, database: Option<Reading>) -> &mut Self {
        let live = self.state.live_attempt().expect("an attempt is live");
        let (step, attempt) = (live.step.clone(), live.number);
        self.report(Report::Starting { step: step.clone(), attempt });
        self.report(Report::Running { step: step.clone(), attempt });
        let outcome = Outcome::Exited { code };
        self.report(Report::Ended {
            step: step.clone(),
            attempt,
            outcome,
            duration_ms: 5,
            log_bytes: 0,
            lost_bytes: 0,
            files: None,
        });
        self.report(Report::Shown { step, attempt, shown: StepFindings::default(), database })
    }

    fn preflight_done(&mut self) -> &mut Self {
        let olive = operator();
        self.go(
            &olive,
            Command::AnswerItem { item: id("window"), answer: Answer::Done, note: String::new() },
        );
        self.go(&olive, Command::Probe { item: id("space") });
        let (item, verdict) = (id("space"), Verdict::Pass);
        self.report(Report::ProbeAnswered { item, verdict, reason: String::new(), evidence: String::new() });
        self.go(&olive, start("dump")).ends(0, None)
    }

    fn signed(&mut self) -> &mut Self {
        for name in ["ann", "bob"] {
            self.go(&approver(name), sign());
        }
        self
    }

    fn status(&self, step: &str) -> StepStatus {
        self.state.step_status(&id(step))
    }
}

fn start(step: &str) -> Command {
    Command::StartStep { step: id(step), reason: String::new() }
}

fn sign() -> Command {
    Command::SignOff { phase: id("preflight"), role: id("dba"), note: String::new() }
}

fn back(confirm: &str) -> Command {
    Command::RollBack {
        path: id("downgrade"),
        reason: "it is slow".to_owned(),
        confirm: confirm.to_owned(),
        rows: String::new(),
        shown: String::new(),
    }
}

fn says(revision: &str, state: IndexState) -> Option<Reading> {
    let index = IndexSays {
        name: "i".to_owned(),
        table: "t".to_owned(),
        state,
        definition: None,
        bytes: None,
        scans: None,
        constraint: None,
    };
    Some(Reading::Says(Says {
        at: 0,
        revisions: vec![revision.to_owned()],
        indexes: vec![index],
        ..Says::default()
    }))
}

#[test]
fn a_run_is_walked_to_success_and_nothing_comes_after_its_end() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().signed();
    walk.go(&operator(), start("up")).ends(0, says("new", IndexState::Ok));
    walk.go(&operator(), start("look")).ends(0, None);
    walk.go(&operator(), Command::EndRun { note: String::new() });
    assert!(walk.state.ended.is_some());
    let refusal = walk.refused(&operator(), Command::Note { text: "too late".to_owned() });
    assert_eq!(refusal.code, Code::Ended);
    let reading = says("new", IndexState::Ok).unwrap();
    assert!(decide_report(&walk.state, Report::DatabaseRead { reading }, 0).is_empty());
}

#[test]
fn a_way_back_cancels_what_runs_and_starts_behind_its_end() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().signed();
    walk.go(&operator(), start("up")).go(&operator(), back("shop"));
    let up = walk.state.live_attempt().unwrap();
    assert!(up.step == id("up") && up.cancel.is_some(), "{up:?}");
    let refusal = walk.refused(&operator(), back("shop"));
    assert_eq!(refusal.code, Code::AlreadyDone);
    walk.ends(130, says("old", IndexState::Invalid));
    assert_eq!(walk.state.step_status(&id("up")), StepStatus::Cancelled);
    assert_eq!(walk.state.live_attempt().map(|attempt| attempt.step.clone()), Some(id("down")));
    walk.ends(0, says("old", IndexState::Missing));
    assert!(walk.state.rolled_back());
}

#[test]
fn a_way_back_waits_for_a_person_where_nobody_knows_how_the_step_ended() {
    let mut walk = Walk::begin(Pace::Continue);
    walk.preflight_done().signed();
    if walk.state.live_attempt().is_none() {
        walk.go(&operator(), start("up"));
    }
    walk.go(&operator(), back("shop"));
    let (step, attempt) = (id("up"), walk.state.live_attempt().unwrap().number);
    walk.report(Report::Lost { step: step.clone(), attempt, reason: String::new() });
    walk.report(Report::Shown { step, attempt, shown: StepFindings::default(), database: None });
    assert_eq!(walk.state.live_attempt(), None);
    walk.go(&operator(), start("down"));
}

#[test]
fn a_way_back_is_not_refused_because_the_run_went_on_by_itself() {
    let mut walk = Walk::begin(Pace::Continue);
    walk.preflight_done().signed();
    let (command_id, expected_seq) = ("late".to_owned(), 1);
    let late = Envelope { command_id, expected_seq, command: back("shop") };
    assert!(walk.state.material > expected_seq);
    assert!(decide(&walk.state, &late, &operator(), 0).is_ok());
}

#[test]
fn a_step_behind_a_closed_gate_is_refused_and_the_gate_says_what_it_lacks() {
    let mut walk = Walk::begin(Pace::StepByStep);
    let refusal = walk.refused(&operator(), start("up"));
    insta::assert_snapshot!(refusal, @r#""Up" cannot start yet: the gate behind "Preflight" is closed: 3 of 3 lines open, 1 of 1 steps not done, 2 sign-off as dba missing. "#);
    walk.preflight_done();
    walk.go(&approver("ann"), sign());
    let refusal = walk.refused(&operator(), start("up"));
    assert!(refusal.why.contains("1 sign-off as dba missing"), "{refusal}");
    assert_eq!(
        walk.refused(&operator(), Command::SkipStep { step: id("up"), reason: "r".to_owned() }).code,
        Code::NotNow
    );
}

#[test]
fn nobody_signs_their_own_run_or_twice_or_without_the_role_or_too_early() {
    let mut walk = Walk::begin(Pace::StepByStep);
    assert_eq!(walk.refused(&approver("ann"), sign()).code, Code::NotNow);
    walk.preflight_done();
    let own = person("olive", &[Permission::Operator, Permission::Approver], &["dba"]);
    assert!(walk.refused(&own, sign()).why.contains("nobody approves their own"));
    assert_eq!(walk.refused(&person("eve", &[Permission::Approver], &["qa"]), sign()).code, Code::NotAllowed);
    assert_eq!(
        walk.refused(&person("eve", &[Permission::Operator], &["dba"]), sign()).code,
        Code::NotAllowed
    );
    walk.go(&approver("ann"), sign());
    assert_eq!(walk.refused(&approver("ann"), sign()).code, Code::AlreadyDone);
}

#[test]
fn a_second_go_is_refused_and_says_who_was_first() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.go(&operator(), start("dump"));
    let refusal = walk.refused(&person("otto", &[Permission::Operator], &[]), start("dump"));
    assert_eq!(refusal.code, Code::AlreadyDone);
    assert!(refusal.why.contains("by olive at"), "{refusal}");
}

#[test]
fn a_command_sent_twice_is_one_event() {
    let mut walk = Walk::begin(Pace::StepByStep);
    let envelope = Envelope { command_id: "once".to_owned(), expected_seq: 1, command: start("dump") };
    let bodies = decide(&walk.state, &envelope, &operator(), 0).unwrap();
    walk.push("olive", Some("once".to_owned()), bodies);
    let refusal = decide(&walk.state, &envelope, &operator(), 0).unwrap_err();
    assert!(refusal.why.contains("done already, by olive"), "{refusal}");
}

#[test]
fn a_stale_page_is_refused_but_its_cancel_is_not() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.go(&operator(), start("dump"));
    let otto = person("otto", &[Permission::Operator], &[]);
    let late = |command| Envelope { command_id: "late".to_owned(), expected_seq: 1, command };
    let answer = Command::AnswerItem { item: id("window"), answer: Answer::Done, note: String::new() };
    let refusal = decide(&walk.state, &late(answer), &otto, 0).unwrap_err();
    assert_eq!(refusal.code, Code::Stale);
    assert!(refusal.why.starts_with("olive changed the run at 00:00:02"), "{refusal}");
    let cancel = Command::Cancel { step: id("dump"), reason: String::new() };
    assert!(decide(&walk.state, &late(cancel), &otto, 0).is_ok());
}

#[test]
fn the_database_outweighs_the_exit_code() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().signed();
    walk.go(&operator(), start("up")).ends(0, says("new", IndexState::Invalid));
    assert_eq!(walk.status("up"), StepStatus::Failed);
    let reason = &walk.state.last_attempt(&id("up")).unwrap().judged.as_ref().unwrap().reason;
    insta::assert_snapshot!(reason, @"command said exit code 0, but database says revision new; of 1 indexes 0 ok, 1 invalid");
    walk.go(&operator(), start("up"));
    walk.ends(0, Some(Reading::Unreachable { at: 0, error: "no route".to_owned() }));
    assert_eq!(walk.status("up"), StepStatus::Inconclusive);
    assert_eq!(walk.refused(&operator(), start("up")).code, Code::NotNow);
    walk.go(&operator(), Command::RejectVerdict { step: id("up"), note: "looked with psql".to_owned() });
    assert_eq!(walk.status("up"), StepStatus::Failed);
}

#[test]
fn what_is_unknown_is_left_only_by_a_person_with_a_reason() {
    let mut walk = Walk::begin(Pace::Continue);
    walk.preflight_done().signed();
    walk.go(&operator(), start("up"));
    let (step, attempt) = (id("up"), 1);
    walk.report(Report::Starting { step: step.clone(), attempt });
    walk.report(Report::Lost { step: step.clone(), attempt, reason: "the shim is gone".to_owned() });
    walk.report(Report::Shown {
        step,
        attempt,
        shown: StepFindings::default(),
        database: says("new", IndexState::Ok),
    });
    assert_eq!(walk.status("up"), StepStatus::Unknown);
    assert!(walk.state.live_attempt().is_none(), "nothing was run again");
    assert_eq!(walk.refused(&operator(), start("up")).code, Code::Invalid);
    let again = Command::StartStep { step: id("up"), reason: "no process of it is left".to_owned() };
    walk.go(&operator(), again);
    assert_eq!(walk.state.live_attempt().unwrap().number, 2);
}

#[test]
fn the_run_goes_on_by_itself_to_a_gate_and_to_a_failure() {
    let mut walk = Walk::begin(Pace::Continue);
    walk.preflight_done();
    assert!(walk.state.live_attempt().is_none(), "a gate stands between");
    walk.signed().go(&operator(), start("up")).ends(0, says("new", IndexState::Ok));
    assert_eq!(walk.state.live_attempt().unwrap().step, id("look"));
    walk.ends(1, None);
    assert!(walk.state.live_attempt().is_none());
    assert_eq!(walk.status("look"), StepStatus::Failed);
}

#[test]
fn a_way_back_is_confirmed_by_name_walked_and_ends_the_run_as_rolled_back() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().signed();
    walk.go(&operator(), start("up"));
    walk.ends(1, says("old", IndexState::Invalid));
    assert_eq!(walk.refused(&operator(), back("shopp")).code, Code::Invalid);
    walk.go(&operator(), back("shop")).ends(0, says("old", IndexState::Missing));
    assert_eq!(walk.refused(&operator(), start("up")).code, Code::NotNow);
    assert_eq!(walk.refused(&approver("ann"), sign()).code, Code::NotNow);
    walk.go(&operator(), Command::EndRun { note: String::new() });
    assert_eq!(walk.state.ended.as_ref().unwrap().ending.word(), "rolled back");
}

#[test]
fn a_cancel_is_a_cancel_even_when_the_command_ends_in_its_own_way() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.go(&operator(), start("dump"));
    walk.go(&operator(), Command::Cancel { step: id("dump"), reason: String::new() });
    let first = walk.refused(&operator(), Command::Cancel { step: id("dump"), reason: String::new() });
    assert!(first.why.starts_with("olive cancelled this at"), "{first}");
    walk.ends(1, None);
    assert_eq!(walk.status("dump"), StepStatus::Cancelled);
    walk.go(&operator(), start("dump"));
    assert_eq!(walk.status("dump"), StepStatus::Queued);
}

#[test]
fn what_moves_under_a_signature_voids_it() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().signed();
    assert!(walk.state.gate_open(walk.state.runbook.phase(&id("preflight")).unwrap()));
    walk.go(
        &operator(),
        Command::AnswerItem { item: id("window"), answer: Answer::Open, note: String::new() },
    );
    assert!(walk.state.sign_offs.iter().all(|s| s.void.is_some()));
    walk.go(
        &operator(),
        Command::AnswerItem { item: id("window"), answer: Answer::Done, note: String::new() },
    );
    assert_eq!(walk.refused(&operator(), start("up")).code, Code::NotNow);
}

#[test]
fn a_failed_line_is_overridden_only_by_an_approver_who_did_not_start_the_run() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.go(&operator(), Command::Probe { item: id("space") });
    let (item, verdict) = (id("space"), Verdict::Fail);
    walk.report(Report::ProbeAnswered {
        item,
        verdict,
        reason: "too small".to_owned(),
        evidence: String::new(),
    });
    let accept = |note: &str| Command::AcceptItem { item: id("space"), note: note.to_owned() };
    assert_eq!(walk.refused(&operator(), accept("fine")).code, Code::NotAllowed);
    assert_eq!(walk.refused(&approver("ann"), accept("")).code, Code::Invalid);
    walk.go(&approver("ann"), accept("a volume was added"));
    let (_, item) = walk.state.runbook.item(&id("space")).unwrap();
    assert_eq!(walk.state.item_status(item), ItemStatus::Accepted);
}

#[test]
fn a_permission_counts_where_it_was_given() {
    let granted = |place| {
        let mut grace = person("grace", &[Permission::Viewer], &[]);
        grace.grants.insert(Grant { permission: Permission::Operator, place });
        grace
    };
    let line = Command::AnswerItem { item: id("window"), answer: Answer::Done, note: String::new() };
    for place in [Place::Target(id("other")), Place::Environment("staging".to_owned())] {
        let refused = Walk::begin(Pace::StepByStep).try_as(&granted(place), line.clone()).unwrap_err();
        assert_eq!(refused.code, Code::NotAllowed);
    }
    for place in [Place::Target(id("prod")), Place::Environment("production".to_owned())] {
        Walk::begin(Pace::StepByStep).go(&granted(place), line.clone());
    }
}
