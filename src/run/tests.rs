//! Runs of a small runbook, for the tests of what pages ask and tell.

use super::event::{Body, Event, Known, NO_HASH, Pace};
use super::reading::{Outcome, StepFindings, TargetFacts, Verdict};
use super::{Actor, Permission, Proof, RunId, RunState};
use crate::runbook::{Id, Runbook};
use std::collections::BTreeMap;
use std::sync::Arc;

const RUNBOOK: &str = r#"{
  "slug": "small", "title": "Small", "summary": "",
  "phases": [
    {"id": "preflight", "title": "Preflight", "kind": "preflight",
     "items": [{"id": "window", "title": "A window is agreed"}],
     "steps": [{"id": "dump", "title": "Dump", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}],
     "gate": {"statement": "Go", "sign_offs": [{"role": "dba"}]}},
    {"id": "migrate", "title": "Migrate", "kind": "migrate",
     "steps": [{"id": "up", "title": "Upgrade", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}]},
    {"id": "back", "title": "Back", "kind": "rollback",
     "steps": [{"id": "down", "title": "Downgrade", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}]}
  ],
  "rollback": [{"id": "downgrade", "title": "Downgrade", "summary": "", "loses": "nothing", "steps": ["down"]}]
}"#;

pub fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

pub fn actor(name: &str, permissions: &[Permission]) -> Actor {
    let (permissions, sign_off_roles) = (permissions.iter().copied().collect(), [id("dba")].into());
    Actor {
        name: name.to_owned(),
        permissions,
        grants: [].into(),
        sign_off_roles,
        screen: None,
        proof: Proof::Terminal,
        console: false,
    }
}

/// The events of a run in which these things happened, all by `ann`.
pub fn events(known: impl IntoIterator<Item = Known>) -> Vec<Event> {
    events_of(RUNBOOK, known)
}

/// The same, of a run of another runbook.
pub fn events_of(runbook: &str, known: impl IntoIterator<Item = Known>) -> Vec<Event> {
    let runbook: Runbook = serde_json::from_str(runbook).unwrap();
    let target = TargetFacts {
        name: id("shop"),
        environment: "staging".into(),
        host: "db".into(),
        database: "shop".into(),
        user: "ann".into(),
        server_version: "15.18".into(),
        system_identifier: None,
        step_up: None,
    };
    let start = Known::RunStarted {
        run: RunId::parse(&"0".repeat(32)).unwrap(),
        runbook: Arc::new(runbook),
        runbook_sha256: "f".repeat(64),
        target,
        parameters: BTreeMap::new(),
        pace: Pace::StepByStep,
        preflight: None,
    };
    let mut events: Vec<Event> = Vec::new();
    for (known, seq) in [start].into_iter().chain(known).zip(1..) {
        let before = events.last().map_or(NO_HASH, |event| event.hash.as_str());
        let event = Event::seal(before, seq, seq as i64 * 1_000, "ann", None, Body::Known(known));
        events.push(event);
    }
    events
}

pub fn state(known: impl IntoIterator<Item = Known>) -> RunState {
    RunState::fold(&events(known)).unwrap()
}

/// A step from its start to its verdict.
pub fn walked(step: &str, verdict: Verdict) -> Vec<Known> {
    let (step, attempt) = (id(step), 1);
    let shown = StepFindings::default();
    let outcome = Outcome::Exited { code: i32::from(verdict == Verdict::Fail) };
    vec![
        Known::AttemptQueued { step: step.clone(), attempt, reason: String::new() },
        Known::AttemptStarting { step: step.clone(), attempt },
        Known::AttemptRunning { step: step.clone(), attempt },
        Known::AttemptEnded {
            step: step.clone(),
            attempt,
            outcome,
            duration_ms: 5,
            log_bytes: 0,
            lost_bytes: 0,
            files: None,
        },
        Known::AttemptJudged { step, attempt, verdict, reason: "it says so".into(), shown, database: None },
    ]
}
