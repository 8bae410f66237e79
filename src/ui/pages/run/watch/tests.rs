use super::*;
use crate::run::event::Known;
use crate::run::tests::{id, state};
use crate::watch::{Build, Session, Unseen};

fn html(watch: &Watch, now: Ms) -> String {
    let (step, attempt) = (id("dump"), 1);
    let running = state([
        Known::AttemptQueued { step: step.clone(), attempt, reason: String::new() },
        Known::AttemptStarting { step: step.clone(), attempt },
        Known::AttemptRunning { step, attempt },
    ]);
    let choice = Choice::default();
    Owner::new()
        .with(|| watched(&running, &choice, watch, now).map(|view| view.to_html()).unwrap_or_default())
}

fn watch() -> Watch {
    let ours = Session { pid: 10, ours: true, waits_for: vec![11], ..Session::default() };
    let blocker = Session {
        pid: 11,
        application: "shop-report".to_owned(),
        user: Some("ann".to_owned()),
        kind: Some("client backend".to_owned()),
        state: Some("idle in transaction".to_owned()),
        transaction_ms: Some(251_000),
        query: Some("SELECT *\n  FROM <tasks>".to_owned()),
        ..Session::default()
    };
    let build = Build { phase: "waiting for old snapshots".to_owned(), ..Build::default() };
    let sighting =
        Sighting { at: 1_000, sessions: vec![ours, blocker], builds: vec![build], ..Sighting::default() };
    Watch { step: id("dump"), attempt: 1, since: 0, met: true, sighting: Some(sighting), error: None }
}

#[test]
fn who_stands_in_the_way_is_told_with_age_application_and_query() {
    let html = html(&watch(), 2_000);
    assert!(html.contains("pid 11 of ann, shop-report") && html.contains("idle in transaction"), "{html}");
    assert!(html.contains("for 4:11") && html.contains("SELECT * FROM &lt;tasks&gt;"), "{html}");
    assert!(html.contains("Airbag armed") && html.contains("waiting for old snapshots"), "{html}");
    assert!(!html.contains("as it was"), "{html}");
}

#[test]
fn a_look_that_is_old_says_its_age_and_why() {
    let old = Watch { error: Some("gone".to_owned()), ..watch() };
    let html = html(&old, 62_000);
    assert!(
        html.contains("as it was 1:01 ago") && html.contains("The target does not answer: gone"),
        "{html}"
    );
}

#[test]
fn a_role_that_cannot_see_is_told_the_grant() {
    let mut blind = watch();
    let unseen =
        Unseen { why: "plain cannot see.".to_owned(), remedy: "GRANT pg_monitor TO plain;".to_owned() };
    blind.sighting.as_mut().unwrap().unseen = Some(unseen);
    assert!(html(&blind, 2_000).contains("GRANT pg_monitor TO plain;"));
}

#[test]
fn it_is_not_told_of_another_attempt() {
    assert_eq!(html(&Watch { attempt: 2, ..watch() }, 2_000), "");
}
