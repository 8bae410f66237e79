//! Four eyes, and how long a signature is good.

use super::*;
use crate::runbook::Span;

/// Somebody with every permission and the role.
fn chief() -> Actor {
    person("carol", &[Permission::Operator, Permission::Approver], &["dba"])
}

#[test]
fn who_worked_on_a_run_does_not_sign_it_nor_override_what_failed() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.go(&chief(), Command::TakeControls { reason: "r".to_owned() });
    walk.go(&chief(), start("dump")).ends(1, None);
    walk.go(&operator(), Command::TakeControls { reason: "r".to_owned() });
    walk.preflight_done();
    let refusal = walk.refused(&chief(), sign());
    assert_eq!(refusal.code, Code::NotAllowed);
    assert!(refusal.why.contains("You worked on \"Dump\""), "{refusal}");
    walk.go(&operator(), Command::Probe { item: id("space") });
    let (item, verdict) = (id("space"), Verdict::Fail);
    walk.report(Report::ProbeAnswered { item, verdict, reason: String::new(), evidence: String::new() });
    let accept = Command::AcceptItem { item: id("space"), note: "fine".to_owned() };
    assert_eq!(walk.refused(&chief(), accept).code, Code::NotAllowed);
}

#[test]
fn who_signed_does_not_start_what_is_behind_but_may_cancel_and_go_back() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().go(&chief(), sign()).go(&approver("ann"), sign());
    let refusal = walk.refused(&chief(), start("up"));
    assert!(refusal.why.contains("nobody does what they approved"), "{refusal}");
    let skip = Command::SkipStep { step: id("up"), reason: "r".to_owned() };
    assert_eq!(walk.refused(&chief(), skip).code, Code::NotAllowed);
    walk.go(&operator(), start("up"));
    walk.go(&chief(), Command::Cancel { step: id("up"), reason: String::new() });
    walk.go(&chief(), back("shop"));
}

/// Signed at 10 s with an hour's validity.
fn signed_for_an_hour() -> Walk {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done();
    let runbook = Arc::make_mut(&mut walk.state.runbook);
    runbook.phases[0].gate.as_mut().unwrap().valid_for = Some(Span::from_ms(3_600_000));
    walk.signed();
    walk
}

fn looked_at(walk: &mut Walk, now: Ms) {
    let phase = walk.state.runbook.phase(&id("preflight")).unwrap();
    let intent = Intent::new(walk.state.intended(phase));
    let bodies = decide_report(&walk.state, Report::Resolved { phase: phase.id.clone(), intent }, now);
    walk.push(Actor::CONSOLE, None, bodies);
}

#[test]
fn a_signature_expires_and_the_start_says_whose() {
    let mut walk = signed_for_an_hour();
    let signed = walk.state.sign_offs[0].by.at;
    assert_eq!(walk.state.good_until(&walk.state.sign_offs[0]), Some(signed + 3_600_000));
    let seen = walk.state.seq;
    looked_at(&mut walk, signed + 3_600_000);
    assert!(walk.state.sign_offs.iter().all(|s| s.void.is_none()), "to the last moment");
    looked_at(&mut walk, signed + 3_600_001);
    assert!(walk.state.sign_offs.iter().all(|s| s.void.is_some()));
    let go = Envelope { command_id: "go".to_owned(), expected_seq: seen, command: start("up") };
    let refusal = decide(&walk.state, &go, &operator(), 0).unwrap_err();
    assert!(refusal.why.contains("the signature of ann has expired"), "{refusal}");
}

#[test]
fn what_has_begun_in_time_goes_on() {
    let mut walk = signed_for_an_hour();
    walk.go(&operator(), start("up")).ends(1, says("old", IndexState::Invalid));
    looked_at(&mut walk, 10 * 3_600_000);
    assert!(walk.state.sign_offs.iter().all(|s| s.void.is_none()));
}
