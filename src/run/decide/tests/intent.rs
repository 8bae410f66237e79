//! What was signed is what runs.

use super::*;
use crate::run::intent::Part;

fn file(content: &str) -> Line {
    Line::new(Part::File, "env.py", content)
}

fn revision(at: &str) -> Line {
    Line::new(Part::Revision, "stored", at)
}

/// Two have signed what was read.
fn signed() -> Walk {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done();
    for name in ["ann", "bob"] {
        walk.resolved("preflight", [file("a"), revision("old")]);
        let (command_id, expected_seq) = (name.to_owned(), walk.state.seq);
        let envelope = Envelope { command_id, expected_seq, command: sign() };
        let bodies = decide(&walk.state, &envelope, &approver(name), 0).unwrap();
        walk.push(name, Some(name.to_owned()), bodies);
    }
    assert!(walk.open());
    walk
}

impl Walk {
    fn open(&self) -> bool {
        self.state.gate_open(self.state.runbook.phase(&id("preflight")).unwrap())
    }
}

#[test]
fn a_signature_names_the_intent_that_was_known_when_it_was_given() {
    let walk = signed();
    let known = &walk.state.intents[&id("preflight")];
    assert!(walk.state.sign_offs.iter().all(|s| s.intent.as_ref() == Some(&known.sha256)));
    let resolved = |event: &&Event| matches!(event.body, Body::Known(Known::IntentResolved { .. }));
    assert_eq!(walk.events.iter().filter(resolved).count(), 1, "the same again is no event");
}

#[test]
fn what_was_not_looked_at_is_not_signed() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done();
    assert_eq!(walk.state.wants_intent(), Some(id("preflight")));
    let refusal = walk.state.would_refuse(sign(), &approver("ann")).unwrap();
    assert!(refusal.why.contains("still being looked at"), "{refusal}");
    walk.resolved("preflight", []);
    assert_eq!(walk.state.wants_intent(), None);
    assert_eq!(walk.state.would_refuse(sign(), &approver("ann")), None);
}

#[test]
fn who_signs_has_seen_what_is_signed() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().resolved("preflight", [file("a")]);
    let (command_id, expected_seq) = ("late".to_owned(), walk.state.seq);
    walk.resolved("preflight", [file("b")]);
    let envelope = Envelope { command_id, expected_seq, command: sign() };
    assert_eq!(decide(&walk.state, &envelope, &approver("ann"), 0).unwrap_err().code, Code::Stale);
}

#[test]
fn a_file_or_a_revision_that_moved_before_go_voids_the_signatures_and_is_named() {
    for (moved, told) in [
        ([file("b"), revision("old")], "file env.py has other content"),
        ([file("a"), revision("new")], "revision stored was \"old\" and is \"new\""),
    ] {
        let mut walk = signed();
        let (command_id, expected_seq) = ("go".to_owned(), walk.state.seq);
        walk.resolved("preflight", moved);
        assert!(!walk.open());
        let envelope = Envelope { command_id, expected_seq, command: start("up") };
        let refusal = decide(&walk.state, &envelope, &operator(), 0).unwrap_err();
        assert!(refusal.why.contains(told) && refusal.why.contains("void"), "{refusal}");
        assert!(walk.refused(&operator(), start("up")).why.contains("gate"), "and seen, it stays closed");
    }
}

#[test]
fn behind_the_gate_the_runs_own_progress_voids_nothing_but_another_file_does() {
    let mut walk = signed();
    walk.go(&operator(), start("up")).ends(1, says("new", IndexState::Invalid));
    walk.resolved("preflight", [file("a"), revision("new")]);
    assert!(walk.open(), "its own migration has moved the revision");
    walk.resolved("preflight", [file("b"), revision("new")]);
    assert!(!walk.open());
    assert_eq!(walk.refused(&operator(), start("up")).code, Code::NotNow);
    for name in ["ann", "bob"] {
        let (command_id, expected_seq) = (format!("{name} again"), walk.state.seq);
        let envelope = Envelope { command_id, expected_seq, command: sign() };
        let bodies = decide(&walk.state, &envelope, &approver(name), 0).unwrap();
        walk.push(name, None, bodies);
    }
    walk.go(&operator(), start("up"));
}

#[test]
fn the_way_back_is_bound_by_no_signature() {
    let mut walk = signed();
    walk.go(&operator(), start("up")).ends(1, says("new", IndexState::Invalid));
    walk.resolved("preflight", [file("b"), revision("new")]);
    assert!(walk.state.signed_before(&id("down")).is_empty());
    walk.go(&operator(), back("shop"));
    assert_eq!(walk.state.live_attempt().unwrap().step, id("down"));
}

#[test]
fn a_signature_of_an_older_console_falls_at_go() {
    let mut walk = signed();
    walk.state.sign_offs.iter_mut().for_each(|signature| signature.intent = None);
    walk.resolved("preflight", [file("a"), revision("old")]);
    assert!(!walk.open());
    let void = walk.state.sign_offs[0].void.clone().unwrap();
    assert!(void.contains("before the console resolved"), "{void}");
}

#[test]
fn events_of_an_older_console_are_read() {
    let old = r#"{"type":"sign_offs_voided","phase":"preflight","reason":"it moved"}"#;
    let known: Known = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&known).unwrap(), old, "and hash as they did");
    let old = r#"{"type":"signed_off","phase":"preflight","role":"dba","note":""}"#;
    let known: Known = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&known).unwrap(), old);
}
