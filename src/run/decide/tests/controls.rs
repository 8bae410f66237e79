//! One person has the controls, and control passes without a doubt who has it.

use super::*;

fn oscar() -> Actor {
    person("oscar", &[Permission::Operator], &[])
}

fn ask(to: &str) -> Command {
    Command::AskHandOver { to: to.to_owned() }
}

fn accept(to: &str) -> Command {
    Command::AcceptHandOver { to: to.to_owned() }
}

fn take(reason: &str) -> Command {
    Command::TakeControls { reason: reason.to_owned() }
}

#[test]
fn who_started_the_run_flies_it_and_another_operator_hears_who_does() {
    let mut walk = Walk::begin(Pace::StepByStep);
    for command in [
        start("dump"),
        Command::SkipStep { step: id("dump"), reason: "r".to_owned() },
        Command::MarkStepDone { step: id("dump"), evidence: "e".to_owned() },
        Command::SetPace { pace: Pace::Continue },
        Command::Abandon { reason: "r".to_owned() },
    ] {
        let refusal = walk.refused(&oscar(), command);
        assert_eq!(refusal.why, "olive has the controls since 00:00:01 UTC.");
        assert!(refusal.hint.contains("take them over"), "{refusal}");
    }
    walk.go(&operator(), start("dump"));
}

#[test]
fn lines_notes_cancel_and_the_ways_back_are_everybodys() {
    let mut walk = Walk::begin(Pace::StepByStep);
    let answered = Command::AnswerItem { item: id("window"), answer: Answer::Done, note: String::new() };
    walk.go(&oscar(), answered).go(&oscar(), Command::Note { text: "seen".to_owned() });
    walk.go(&operator(), start("dump"));
    walk.go(&oscar(), Command::Cancel { step: id("dump"), reason: String::new() });
}

#[test]
fn control_passes_by_asking_and_accepting_either_way() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.go(&oscar(), ask("oscar"));
    assert_eq!(walk.refused(&oscar(), accept("oscar")).code, Code::NotNow, "not by the one who asks");
    assert_eq!(walk.refused(&oscar(), ask("oscar")).code, Code::AlreadyDone);
    assert!(walk.state.flies("olive"), "until it is accepted");
    walk.go(&operator(), accept("oscar"));
    assert!(walk.state.flies("oscar"));
    assert_eq!(walk.state.controls.asked, None);

    walk.go(&oscar(), ask("Olive "));
    assert_eq!(
        walk.refused(&oscar(), accept("olive")).code,
        Code::NotNow,
        "an offer is not accepted by who made it"
    );
    walk.go(&operator(), accept("olive")).go(&operator(), start("dump"));
}

#[test]
fn nobody_gives_what_they_do_not_have_nor_accepts_what_was_not_asked() {
    let mut walk = Walk::begin(Pace::StepByStep);
    assert_eq!(walk.refused(&oscar(), ask("eve")).code, Code::NotNow);
    assert_eq!(walk.refused(&operator(), accept("oscar")).code, Code::NotNow);
    assert_eq!(walk.refused(&operator(), ask("olive")).code, Code::AlreadyDone);
    assert_eq!(walk.refused(&operator(), ask(" ")).code, Code::Invalid);
    let viewer = person("vera", &[Permission::Viewer], &[]);
    walk.go(&operator(), ask("vera"));
    assert_eq!(walk.refused(&viewer, accept("vera")).code, Code::NotAllowed);
    // Another question takes the place of the first.
    walk.go(&operator(), ask("oscar"));
    assert_eq!(walk.refused(&viewer, accept("vera")).code, Code::NotAllowed);
    assert!(walk.refused(&oscar(), accept("vera")).why.starts_with("Nobody waits for vera"));
    walk.go(&oscar(), accept("oscar"));
}

#[test]
fn taking_over_needs_no_consent_but_a_reason_which_stays_in_sight() {
    let mut walk = Walk::begin(Pace::StepByStep);
    assert_eq!(walk.refused(&oscar(), take(" ")).code, Code::Invalid);
    assert_eq!(walk.refused(&operator(), take("mine")).code, Code::AlreadyDone);
    walk.go(&oscar(), take("olive does not answer"));
    assert!(walk.state.flies("oscar"));
    assert_eq!(walk.state.controls.taken.as_deref(), Some("olive does not answer"));
    assert_eq!(walk.refused(&operator(), start("dump")).why, "oscar has the controls since 00:00:02 UTC.");
    walk.go(&oscar(), start("dump"));
}

#[test]
fn a_passing_of_controls_makes_no_page_stale_and_comes_never_too_late() {
    let mut walk = Walk::begin(Pace::StepByStep);
    let seen = walk.state.seq;
    walk.go(&oscar(), ask("oscar"));
    let late = Envelope { command_id: "x".to_owned(), expected_seq: seen, command: start("dump") };
    assert!(decide(&walk.state, &late, &operator(), 0).is_ok());
    walk.go(&operator(), start("dump"));
    let late = Envelope { command_id: "y".to_owned(), expected_seq: 0, command: take("she is gone") };
    assert!(decide(&walk.state, &late, &oscar(), 0).is_ok());
}

#[test]
fn who_signed_does_not_get_the_controls_of_what_they_approved() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().signed();
    let ann = person("ann", &[Permission::Operator, Permission::Approver], &["dba"]);
    for command in [take("now"), ask("ann")] {
        assert!(walk.refused(&ann, command).why.contains("nobody does what they approved"));
    }
    walk.go(&operator(), ask("ann"));
    assert!(walk.refused(&ann, accept("ann")).why.contains("nobody does what they approved"));
}

#[test]
fn who_takes_the_way_back_flies_it() {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().signed();
    walk.go(&operator(), start("up")).ends(0, says("new", IndexState::Ok));
    walk.go(&oscar(), back("shop"));
    assert!(walk.state.flies("oscar"));
}
