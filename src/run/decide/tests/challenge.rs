//! What only the second person's screen shows.

use super::*;
use crate::run::challenge::Challenge;
use crate::run::window::Window;

fn at_screen(actor: Actor, screen: &str) -> Actor {
    Actor { screen: Some(screen.to_owned()), ..actor }
}

fn glass(shown: &str) -> Command {
    Command::BreakGlass { reason: "r".to_owned(), shown: shown.to_owned() }
}

fn shown(walk: &Walk, actor: &Actor) -> String {
    match walk.state.challenge(actor, walk.state.glass.as_ref().unwrap().seq) {
        Challenge::Shown(value) => value,
        other => panic!("{other:?}"),
    }
}

/// Closed, on production, and olive has asked.
fn asked() -> Walk {
    let mut walk = Walk::begin(Pace::StepByStep);
    let window = Some(Window { open: false, until: None, says: "later".to_owned() });
    walk.report(Report::WindowRead { window });
    walk.go(&operator(), glass(""));
    walk
}

#[test]
fn the_second_person_types_what_their_own_screen_shows() {
    let mut walk = asked();
    let (ann, ben) = (at_screen(approver("ann"), "a"), at_screen(approver("ben"), "b"));
    assert_ne!(shown(&walk, &ann), shown(&walk, &ben));
    assert_eq!(walk.refused(&ann, glass("")).code, Code::Invalid);
    let of_another = shown(&walk, &ben);
    assert_eq!(walk.refused(&ann, glass(&of_another)).code, Code::Invalid);
    let value = shown(&walk, &ann).replace('-', "").to_lowercase();
    walk.go(&ann, glass(&value));
}

#[test]
fn a_token_has_no_screen() {
    let mut walk = asked();
    let refusal = walk.refused(&approver("ann"), glass("ABC-DEF"));
    assert_eq!(refusal.code, Code::NotAllowed);
    assert!(refusal.why.contains("a screen of their own"), "{refusal}");
}

#[test]
fn a_value_is_good_for_one_question() {
    let mut walk = asked();
    let ann = at_screen(approver("ann"), "a");
    let first = shown(&walk, &ann);
    let open = Some(Window { open: true, until: None, says: "now".to_owned() });
    walk.report(Report::WindowRead { window: open });
    let closed = Some(Window { open: false, until: None, says: "later".to_owned() });
    walk.report(Report::WindowRead { window: closed });
    walk.go(&operator(), glass(""));
    assert_eq!(walk.refused(&ann, glass(&first)).code, Code::Invalid);
}

#[test]
fn elsewhere_than_on_production_nothing_is_shown() {
    let mut walk = asked();
    walk.state.target.environment = "staging".to_owned();
    assert_eq!(walk.state.challenge(&approver("ann"), 1), Challenge::None);
    walk.go(&approver("ann"), glass(""));
}

/// Signed, on production, and the step behind the gate cannot be undone.
fn irreversible(pace: Pace) -> Walk {
    let mut walk = Walk::begin(pace);
    walk.preflight_done();
    Arc::make_mut(&mut walk.state.runbook).phases[1].steps[0].irreversible = true;
    walk.signed();
    walk
}

fn confirm(shown: &str) -> Command {
    Command::ConfirmStart { step: id("up"), shown: shown.to_owned() }
}

fn shown_for_start(walk: &Walk, actor: &Actor) -> String {
    match walk.state.challenge(actor, walk.state.asked_start.as_ref().unwrap().seq) {
        Challenge::Shown(value) => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_undone_starts_when_a_second_person_has_typed_what_their_screen_shows() {
    let mut walk = irreversible(Pace::StepByStep);
    let ann = at_screen(approver("ann"), "a");
    assert_eq!(walk.refused(&ann, confirm("")).code, Code::NotNow, "nobody has asked");
    walk.go(&operator(), start("up"));
    assert_eq!(walk.status("up"), StepStatus::Waiting);
    assert!(walk.state.want().sentence().contains("a second person confirms"));
    assert_eq!(walk.refused(&operator(), start("up")).code, Code::AlreadyDone);
    assert_eq!(walk.refused(&at_screen(operator(), "o"), confirm("")).code, Code::AlreadyDone);
    assert_eq!(walk.refused(&ann, confirm("ABC-DEF")).code, Code::Invalid);
    assert_eq!(
        walk.refused(&approver("bob"), confirm("ABC-DEF")).code,
        Code::NotAllowed,
        "a token has no screen"
    );
    let vera = at_screen(person("vera", &[Permission::Viewer], &[]), "v");
    assert_eq!(walk.refused(&vera, confirm("ABC-DEF")).code, Code::NotAllowed);
    let value = shown_for_start(&walk, &ann);
    walk.go(&ann, confirm(&value));
    assert_eq!(walk.status("up"), StepStatus::Queued);
}

#[test]
fn what_was_asked_falls_with_the_signatures_and_a_way_back() {
    let mut walk = irreversible(Pace::StepByStep);
    walk.go(&operator(), start("up"));
    walk.resolved("preflight", [Line::new(crate::run::intent::Part::File, "x", "moved")]);
    assert_eq!(walk.state.asked_start, None);
    let mut walk = irreversible(Pace::StepByStep);
    walk.go(&operator(), start("up")).go(&operator(), back("shop"));
    assert_eq!(walk.refused(&at_screen(approver("ann"), "a"), confirm("")).code, Code::NotNow);
}

#[test]
fn what_cannot_be_undone_is_never_started_by_itself_on_production() {
    let then_on = |environment: &str| {
        let mut walk = Walk::begin(Pace::Continue);
        walk.preflight_done();
        walk.state.target.environment = environment.to_owned();
        Arc::make_mut(&mut walk.state.runbook).phases[1].steps[1].irreversible = true;
        walk.signed();
        walk.go(&operator(), start("up")).ends(0, says("new", IndexState::Ok));
        walk.status("look")
    };
    assert_eq!(then_on("production"), StepStatus::Waiting);
    assert_eq!(then_on("staging"), StepStatus::Queued);
}
