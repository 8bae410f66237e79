//! Windows, and the glass.

use super::*;
use crate::run::wants::Want;
use crate::run::window::Window;

fn turned(walk: &mut Walk, open: bool) -> &mut Walk {
    let says = if open { "until later" } else { "its next window opens on Saturday" };
    let window = Some(Window { open, until: None, says: says.to_owned() });
    walk.report(Report::WindowRead { window })
}

/// Everything before the change is done and signed.
fn before_the_change(pace: Pace) -> Walk {
    let mut walk = Walk::begin(pace);
    walk.preflight_done().signed();
    walk
}

fn glass(reason: &str) -> Command {
    Command::BreakGlass { reason: reason.to_owned(), shown: String::new() }
}

/// Without a second screen: what it shows is looked at in `challenge`.
fn elsewhere(walk: &mut Walk) -> &mut Walk {
    walk.state.target.environment = "staging".to_owned();
    walk
}

#[test]
fn outside_the_window_all_may_be_prepared_and_signed_but_nothing_changed() {
    let mut walk = Walk::begin(Pace::StepByStep);
    turned(&mut walk, false);
    walk.preflight_done().signed();
    assert!(matches!(walk.state.want(), Want::Window(step) if step.id == id("up")));
    let refusal = walk.refused(&operator(), start("up"));
    assert_eq!(refusal.code, Code::NotNow);
    assert!(refusal.why.contains("its next window opens on Saturday"), "{refusal}");
    turned(&mut walk, true);
    assert!(matches!(walk.state.want(), Want::Start(_)));
    walk.go(&operator(), start("up"));
}

#[test]
fn a_window_that_closes_stops_what_goes_on_by_itself_and_no_way_back() {
    let mut walk = before_the_change(Pace::Continue);
    turned(&mut walk, true);
    walk.go(&operator(), start("up"));
    turned(&mut walk, false);
    walk.ends(0, says("new", IndexState::Ok));
    assert_eq!(walk.state.step_status(&id("up")), StepStatus::Succeeded);
    assert!(walk.state.live_attempt().is_none(), "the next step of the change waits");
    walk.go(&operator(), back("shop"));
    assert_eq!(walk.state.live_attempt().unwrap().step, id("down"));
}

#[test]
fn the_glass_takes_a_reason_and_a_second_person() {
    let mut walk = before_the_change(Pace::StepByStep);
    elsewhere(&mut walk);
    assert_eq!(walk.refused(&operator(), glass("r")).code, Code::NotNow, "no calendar");
    turned(&mut walk, false);
    assert_eq!(walk.refused(&operator(), glass("  ")).code, Code::Invalid);
    assert_eq!(walk.refused(&approver("ann"), glass("r")).code, Code::NotAllowed, "an operator asks");
    walk.go(&operator(), glass("the shop is down"));
    assert!(walk.try_as(&operator(), start("up")).is_err(), "asked is not broken");
    assert_eq!(walk.refused(&operator(), glass("again")).code, Code::AlreadyDone, "a second person");
    let viewer = person("eve", &[Permission::Viewer], &[]);
    assert_eq!(walk.refused(&viewer, glass("r")).code, Code::NotAllowed);
    walk.go(&approver("ann"), glass("seen it"));
    walk.go(&operator(), start("up"));
    assert_eq!(walk.refused(&approver("ben"), glass("r")).code, Code::AlreadyDone);
}

#[test]
fn broken_glass_holds_until_the_calendar_turns() {
    let mut walk = before_the_change(Pace::StepByStep);
    turned(elsewhere(&mut walk), false).go(&operator(), glass("now")).go(&approver("ann"), glass("yes"));
    let before = walk.events.len();
    turned(&mut walk, false);
    assert_eq!(walk.events.len(), before, "nothing has turned");
    assert!(walk.state.outside_window().is_none());
    turned(&mut walk, true);
    turned(&mut walk, false);
    assert!(walk.state.outside_window().is_some());
    assert!(walk.try_as(&operator(), start("up")).is_err());
}
