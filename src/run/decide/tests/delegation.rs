//! A word that is passed on counts once, for one run, and for nobody who has a part in the work.

use super::*;

/// May approve, and has no role.
fn cara() -> Actor {
    person("cara", &[Permission::Approver], &[])
}

fn pass_on(to: &str) -> Command {
    Command::Delegate { role: id("dba"), to: to.to_owned(), note: "on a train".to_owned() }
}

fn take_back() -> Command {
    Command::EndDelegation { role: id("dba"), note: String::new() }
}

fn withdraw() -> Command {
    Command::WithdrawSignOff { phase: id("preflight"), role: id("dba"), note: String::new() }
}

fn complete() -> Walk {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done();
    walk
}

#[test]
fn who_was_named_signs_in_the_place_of_who_named_them_and_it_is_kept() {
    let mut walk = complete();
    assert_eq!(walk.refused(&cara(), sign()).code, Code::NotAllowed);
    walk.go(&approver("ann"), pass_on(" Cara ")).go(&cara(), sign());
    let signature = walk.state.sign_offs.last().unwrap();
    assert_eq!(signature.signer(), "cara, in place of ann");
    assert!(
        walk.state.gate_lacks(walk.state.runbook.phase(&id("preflight")).unwrap()).starts_with("1 sign-off")
    );
    walk.go(&approver("bob"), sign()).go(&operator(), start("up"));
}

#[test]
fn a_word_counts_once_whoever_gives_it() {
    let mut walk = complete();
    walk.go(&approver("ann"), pass_on("cara"));
    let refusal = walk.refused(&approver("ann"), sign());
    assert!(refusal.why.starts_with("You passed on your word as dba to cara at "), "{refusal}");
    walk.go(&cara(), sign());
    assert_eq!(walk.refused(&cara(), sign()).code, Code::NotAllowed);
    walk.go(&approver("ann"), take_back());
    let refusal = walk.refused(&approver("ann"), sign());
    assert!(refusal.why.starts_with("cara signed \"Preflight\" as dba at "), "{refusal}");
    // Signed first, passed on afterwards.
    let mut walk = complete();
    walk.go(&approver("ann"), sign()).go(&approver("ann"), pass_on("cara"));
    assert!(
        walk.refused(&cara(), sign()).why.contains("The word of ann under \"Preflight\" has been given.")
    );
}

#[test]
fn one_person_is_no_two_even_with_the_words_of_two() {
    let mut walk = complete();
    walk.go(&approver("ann"), pass_on("cara")).go(&approver("bob"), pass_on("cara")).go(&cara(), sign());
    assert_eq!(walk.refused(&cara(), sign()).code, Code::AlreadyDone);
    assert!(walk.refused(&operator(), start("up")).why.contains("is closed"));
}

#[test]
fn who_passed_on_their_word_takes_back_the_signature_or_the_word() {
    let mut walk = complete();
    walk.go(&approver("ann"), pass_on("cara")).go(&cara(), sign()).go(&approver("ann"), withdraw());
    assert!(walk.state.sign_offs.iter().all(|signature| signature.void.is_some()));
    walk.go(&approver("ann"), take_back());
    assert_eq!(walk.refused(&cara(), sign()).code, Code::NotAllowed);
    walk.go(&approver("ann"), sign());
    assert_eq!(walk.refused(&approver("bob"), take_back()).code, Code::NotNow);
}

#[test]
fn it_passes_on_the_role_and_not_the_permission_and_no_further() {
    let mut walk = complete();
    walk.go(&approver("ann"), pass_on("vera"));
    assert_eq!(walk.refused(&person("vera", &[Permission::Viewer], &[]), sign()).code, Code::NotAllowed);
    walk.go(&approver("bob"), pass_on("cara"));
    assert_eq!(walk.refused(&cara(), pass_on("dora")).code, Code::NotAllowed);
}

#[test]
fn nobody_who_works_on_the_run_gives_a_word_or_passes_one_on() {
    let mut walk = complete();
    assert!(walk.refused(&approver("ann"), pass_on("olive")).why.starts_with("olive started this run"));
    let chief = person("olive", &[Permission::Operator, Permission::Approver], &["dba"]);
    assert!(walk.refused(&chief, pass_on("cara")).why.starts_with("You started this run"));
    assert_eq!(walk.refused(&approver("ann"), pass_on("ann")).code, Code::Invalid);
    assert_eq!(walk.refused(&approver("ann"), pass_on("")).code, Code::Invalid);
    // Who passed on their word and then worked on the run has none to give.
    let mut walk = Walk::begin(Pace::StepByStep);
    let ann = person("ann", &[Permission::Operator, Permission::Approver], &["dba"]);
    walk.go(&ann, pass_on("cara")).go(&ann, Command::TakeControls { reason: "r".to_owned() });
    walk.go(&ann, start("dump")).ends(1, None);
    walk.go(&operator(), Command::TakeControls { reason: "r".to_owned() });
    walk.preflight_done();
    let refusal = walk.refused(&cara(), sign());
    assert!(refusal.why.starts_with("ann, whose word it is, worked on \"Dump\""), "{refusal}");
}

#[test]
fn who_had_it_signed_does_not_do_what_was_approved() {
    let mut walk = complete();
    let ann = person("ann", &[Permission::Operator, Permission::Approver], &["dba"]);
    walk.go(&ann, pass_on("cara")).go(&cara(), sign()).go(&approver("bob"), sign());
    let take = Command::TakeControls { reason: "r".to_owned() };
    assert!(walk.refused(&ann, take).why.contains("nobody does what they approved"));
}

#[test]
fn a_word_that_may_not_be_given_any_more_lapses() {
    let mut walk = complete();
    walk.go(&approver("ann"), pass_on("cara"));
    let lapsed = || Report::DelegationLapsed { role: id("dba"), from: "ann".to_owned() };
    walk.report(lapsed());
    assert_eq!(walk.refused(&cara(), sign()).code, Code::NotAllowed);
    let before = walk.state.seq;
    walk.report(lapsed());
    assert_eq!(walk.state.seq, before, "once");
}
