//! A second factor before what changes a target, and never before what leads out of trouble.

use super::*;
use crate::watch::{Backend, Force};

const NOW: Ms = 10_000_000;

fn in_session(actor: Actor, shown: Option<Ms>) -> Actor {
    Actor { proof: Proof::Session { has_factor: true, shown }, ..actor }
}

fn refusal(walk: &Walk, actor: &Actor, command: Command) -> Option<Refusal> {
    let envelope = Envelope { command_id: "x".to_owned(), expected_seq: walk.state.seq, command };
    decide(&walk.state, &envelope, actor, NOW).err()
}

fn code(walk: &Walk, actor: &Actor, command: Command) -> Option<Code> {
    refusal(walk, actor, command).map(|refusal| refusal.code)
}

/// Signed, and `up` may start.
fn signed() -> Walk {
    let mut walk = Walk::begin(Pace::StepByStep);
    walk.preflight_done().signed();
    walk
}

#[test]
fn go_takes_a_code_that_was_shown_within_five_minutes() {
    let walk = signed();
    let shown = |at| code(&walk, &in_session(operator(), at), start("up"));
    assert_eq!(shown(None), Some(Code::StepUp));
    assert_eq!(shown(Some(NOW)), None);
    assert_eq!(shown(Some(NOW - 300_000)), None);
    assert_eq!(shown(Some(NOW - 300_001)), Some(Code::StepUp));
    assert_eq!(shown(Some(NOW + 1)), Some(Code::StepUp), "of a clock that was set back");
}

#[test]
fn a_refusal_says_what_is_missing_and_what_to_do() {
    let walk = signed();
    let none = Actor { proof: Proof::Session { has_factor: false, shown: None }, ..operator() };
    let told = refusal(&walk, &none, start("up")).unwrap();
    assert!(told.why.contains("you have none yet") && told.hint.contains("/second-factor"), "{told}");
    let told = refusal(&walk, &in_session(operator(), Some(1_000)), start("up")).unwrap();
    assert_eq!(told.why, "This takes the code of your second factor: it was last shown at 00:00:01 UTC.");
    let token = Actor { proof: Proof::Token, ..operator() };
    let told = refusal(&walk, &token, start("up")).unwrap();
    assert!(told.why.contains("no API token can show"), "{told}");
    // Who may not anyway is told that, and asked for nothing.
    assert_eq!(code(&walk, &in_session(approver("ann"), None), start("up")), Some(Code::NotAllowed));
}

#[test]
fn the_ways_back_the_glass_and_ending_a_session_take_one_and_cancelling_does_not() {
    let mut walk = signed();
    let olive = in_session(operator(), None);
    assert_eq!(code(&walk, &olive, back("shop")), Some(Code::StepUp));
    let pace = || Command::SetPace { pace: Pace::Continue };
    assert_eq!(code(&walk, &olive, pace()), None, "Go itself is still to come");
    walk.go(&operator(), start("up"));
    assert_eq!(code(&walk, &olive, pace()), Some(Code::StepUp), "the next step of the change would follow");
    let (step, attempt) = (id("up"), 1);
    walk.report(Report::Starting { step: step.clone(), attempt }).report(Report::Running { step, attempt });
    let backend = Backend { pid: 7, started: 1 };
    let stop = |how| Command::StopBlocker { backend, how, reason: "r".to_owned() };
    assert_eq!(code(&walk, &olive, stop(Force::Cancel)), None);
    walk.go(&operator(), stop(Force::Cancel));
    walk.report(Report::BlockerStopped { backend, how: Force::Cancel, came: "it stays".to_owned() });
    assert_eq!(code(&walk, &olive, stop(Force::Terminate)), Some(Code::StepUp));
    assert_eq!(code(&walk, &olive, Command::Cancel { step: id("up"), reason: String::new() }), None);
    let window = crate::run::window::Window { open: false, until: None, says: String::new() };
    walk.report(Report::WindowRead { window: Some(window) });
    let glass = Command::BreakGlass { reason: "r".to_owned(), shown: String::new() };
    assert_eq!(code(&walk, &olive, glass), Some(Code::StepUp));
}

#[test]
fn looking_signing_and_preparing_take_none() {
    let mut walk = Walk::begin(Pace::StepByStep);
    let olive = in_session(operator(), None);
    assert_eq!(code(&walk, &olive, start("dump")), None);
    assert_eq!(code(&walk, &olive, Command::Note { text: "n".to_owned() }), None);
    walk.preflight_done().resolved("preflight", []);
    assert_eq!(code(&walk, &in_session(approver("ann"), None), sign()), None);
}

#[test]
fn what_the_target_says_wins_over_its_environment() {
    let mut walk = signed();
    let olive = in_session(operator(), None);
    walk.state.target.step_up = Some(false);
    assert_eq!(code(&walk, &olive, start("up")), None);
    walk.state.target.environment = "staging".to_owned();
    walk.state.target.step_up = None;
    assert_eq!(code(&walk, &olive, start("up")), None);
    walk.state.target.step_up = Some(true);
    assert_eq!(code(&walk, &olive, start("up")), Some(Code::StepUp));
}

#[test]
fn where_it_is_asked_for_a_person_begins_the_change_and_the_run_goes_on_from_there() {
    let then = |step_up| {
        let mut walk = Walk::begin(Pace::Continue);
        let runbook = Arc::make_mut(&mut walk.state.runbook);
        runbook.phases[0].gate = None;
        runbook.phases[0].items.clear();
        walk.state.target.step_up = step_up;
        walk.go(&operator(), start("dump")).ends(0, None);
        let waited = walk.status("up");
        if waited == StepStatus::Waiting {
            walk.go(&operator(), start("up"));
        }
        walk.ends(0, says("new", IndexState::Ok));
        (waited, walk.status("look"))
    };
    assert_eq!(then(None), (StepStatus::Waiting, StepStatus::Queued));
    assert_eq!(then(Some(false)), (StepStatus::Queued, StepStatus::Queued));
}
