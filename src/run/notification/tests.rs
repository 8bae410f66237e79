//! What people are told of, event by event.

use super::*;
use crate::run::event::{Answer, Ending};
use crate::run::intent::Intent;
use crate::run::tests::{events, id, walked};
use crate::watch::Waiting;

/// As if the console had done what no person does.
fn told_of(mut events: Vec<Event>) -> Vec<Notification> {
    let mut state = RunState::start(&events[0]).unwrap();
    let told = events[1..].iter_mut().filter_map(|event| {
        let Body::Known(known) = &event.body else { return None };
        let reported = matches!(
            known,
            Known::IntentResolved { .. }
                | Known::SignOffsVoided { .. }
                | Known::AttemptJudged { .. }
                | Known::AttemptLost { .. }
                | Known::AirbagOpened { .. }
        );
        if reported {
            event.actor = Actor::CONSOLE.to_owned();
        }
        state.apply(event);
        notification(&state, event)
    });
    told.collect()
}

fn told(known: impl IntoIterator<Item = Known>) -> Vec<Notification> {
    told_of(events(known))
}

fn titles(known: impl IntoIterator<Item = Known>) -> Vec<String> {
    told(known).iter().map(|n| format!("{}: {}", n.kind.word(), n.title)).collect()
}

fn complete() -> Vec<Known> {
    let answered = Known::ItemAnswered { item: id("window"), answer: Answer::Done, note: String::new() };
    [walked("dump", Verdict::Pass), vec![answered]].concat()
}

fn resolved() -> Known {
    Known::IntentResolved { phase: id("preflight"), intent: Intent::new([]) }
}

fn signed() -> Known {
    Known::SignedOff {
        phase: id("preflight"),
        role: id("dba"),
        note: String::new(),
        intent: None,
        in_place_of: None,
    }
}

fn voided(reason: &str) -> Known {
    Known::SignOffsVoided { phase: id("preflight"), reason: reason.into(), differences: Vec::new() }
}

fn queued(step: &str, attempt: u32) -> Known {
    Known::AttemptQueued { step: id(step), attempt, reason: String::new() }
}

#[test]
fn every_kind_is_listed_once_and_its_word_is_what_is_written() {
    let words: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    assert_eq!(words.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
    }
}

#[test]
fn a_complete_phase_asks_for_its_signatures_with_the_link_for_signing() {
    let asked = told([complete(), vec![resolved()]].concat());
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(
        (asked.kind, asked.title.as_str()),
        (Kind::SignatureAsked, "\"Preflight\" waits to be signed")
    );
    assert_eq!(asked.note, "Go (1 sign-off as dba missing)");
    assert_eq!(asked.page, format!("/sign/{}", "0".repeat(32)));
    assert_eq!((asked.target.as_str(), asked.environment.as_str(), asked.seq), ("shop", "staging", 8));
}

#[test]
fn nobody_is_asked_to_sign_what_is_open_or_signed() {
    assert_eq!(titles([resolved()]), [""; 0]);
    let twice = [complete(), vec![resolved(), signed(), resolved(), voided("file a has other content")]];
    assert_eq!(
        titles(twice.concat()),
        [
            "signature_asked: \"Preflight\" waits to be signed",
            "signatures_void: The signatures under \"Preflight\" are void",
        ],
        "what moved asks once, with the reason"
    );
}

#[test]
fn a_gate_that_names_receivers_has_its_signatures_told_to_them_and_nothing_else() {
    let mut events = events([complete(), vec![resolved(), voided("x"), queued("up", 1)]].concat());
    let Body::Known(Known::RunStarted { runbook, .. }) = &mut events[0].body else { panic!() };
    let gate = std::sync::Arc::make_mut(runbook).phases[0].gate.as_mut().unwrap();
    gate.notify = vec![id("dba-oncall")];
    let named: Vec<_> = told_of(events).into_iter().map(|told| (told.kind, told.named)).collect();
    let oncall = vec![id("dba-oncall")];
    assert_eq!(
        named,
        [(Kind::SignatureAsked, oncall.clone()), (Kind::SignaturesVoid, oncall), (Kind::Go, Vec::new())]
    );
}

#[test]
fn go_is_told_once_when_the_change_begins() {
    let twice = [walked("dump", Verdict::Pass), walked("up", Verdict::Fail), vec![queued("up", 2)]].concat();
    assert_eq!(titles(twice), ["go: Go: ann started \"Upgrade\"", "failed: \"Upgrade\" did not pass"]);
}

#[test]
fn what_did_not_pass_is_told_with_its_reason_and_what_passed_is_not() {
    let [failed] = told(walked("dump", Verdict::Fail)).try_into().unwrap();
    assert_eq!((failed.kind, failed.note.as_str()), (Kind::Failed, "it says so"));
    assert_eq!(failed.page, format!("/runs/{}", "0".repeat(32)));
    let open = titles(walked("dump", Verdict::Inconclusive));
    assert_eq!(open, ["inconclusive: \"Dump\" is inconclusive: a person has to look"]);
    assert_eq!(titles(walked("dump", Verdict::Pass)), [""; 0]);
}

#[test]
fn a_lost_attempt_and_an_opened_airbag_are_told_at_once_and_not_again_by_their_verdict() {
    let mut lost = walked("dump", Verdict::Inconclusive);
    lost[3] = Known::AttemptLost { step: id("dump"), attempt: 1, reason: "the shim is gone".into() };
    assert_eq!(titles(lost.clone()), ["inconclusive: Nobody knows how \"Dump\" ended"]);
    let Known::AttemptJudged { verdict, .. } = &mut lost[4] else { panic!() };
    *verdict = Verdict::Fail;
    assert_eq!(titles(lost)[1], "failed: \"Dump\" did not pass", "that is news");
    let waiting = vec![Waiting { pid: 7, user: None, application: "shop".into() }];
    let airbag = Known::AirbagOpened { step: id("dump"), attempt: 1, waiting, held_ms: 8_000 };
    let mut opened = walked("dump", Verdict::Fail);
    opened.insert(3, airbag);
    assert_eq!(titles(opened), ["failed: The airbag stopped \"Dump\": for 8.0 s it held up others"]);
}

#[test]
fn two_person_decisions_are_told_when_asked_for_and_when_taken_and_the_end_at_last() {
    let (path, reason) = (id("downgrade"), "slow".to_owned());
    assert_eq!(
        titles([
            Known::GlassAsked { reason: reason.clone() },
            Known::GlassBroken { reason: reason.clone() },
            Known::RollbackAsked { path: path.clone(), reason: reason.clone() },
            Known::RollbackChosen { path, reason, rows: None },
            Known::RunEnded { ending: Ending::Abandoned, note: "enough".into() },
        ]),
        [
            "break_glass: ann asked to break the glass: to change the target outside its window",
            "break_glass: ann broke the glass: the target may be changed outside its window",
            "rollback: ann asked for the way back \"Downgrade\", which takes a second person",
            "rollback: ann chose the way back \"Downgrade\"",
            "ended: ann ended the run: abandoned",
        ]
    );
}

#[test]
fn what_people_write_stays_one_line_of_bounded_length() {
    let reason = format!("calm\n\nTarget: none\u{202e}{}", "x".repeat(5_000));
    let [asked] = told([Known::GlassAsked { reason }]).try_into().unwrap();
    assert!(asked.note.starts_with("calm Target: nonexxx") && asked.note.ends_with('…'));
    assert_eq!(asked.note.chars().count(), NOTE);
}

#[test]
fn what_only_the_page_shows_is_told_to_nobody() {
    let noted = Known::Noted { text: "hello".into() };
    assert_eq!(titles([noted, queued("dump", 1)]), [""; 0]);
}

#[test]
fn people_are_told_who_took_the_controls_and_who_is_to_sign_or_confirm() {
    let passed_on = Known::Delegated { role: id("dba"), to: "cara".into(), note: "on a train".into() };
    let taken = Known::ControlsTaken { reason: "she is asleep".into() };
    let asked = Known::StartAsked { step: id("up"), reason: String::new() };
    let handed = Known::ControlsHandedOver { to: "ben".into() };
    assert_eq!(
        titles([passed_on, taken, asked, handed]),
        [
            "signature_asked: ann passed on their word as dba to cara",
            "controls_taken: ann took the controls over",
            "go: ann asked to start \"Upgrade\", which cannot be undone",
        ]
    );
}
