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
