use super::airbag::Gauge;
use super::progress::Done;
use super::*;
use crate::runbook::{Airbag, Span};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;

fn session(pid: i32, waits_for: &[i32]) -> Session {
    let kind = Some("client backend".to_owned());
    Session {
        pid,
        kind,
        started: Some(1),
        waits_for: waits_for.to_vec(),
        ours: pid == 1,
        ..Session::default()
    }
}

fn sighting(sessions: &[(i32, &[i32])]) -> Sighting {
    let sessions = sessions.iter().map(|(pid, waits_for)| session(*pid, waits_for)).collect();
    Sighting { sessions, ..Sighting::default() }
}

/// "2(3 4)": pids with what hangs on them.
fn drawn(branches: &[Branch<'_>]) -> String {
    let one = |branch: &Branch<'_>| {
        let pid = branch.session.map_or("prepared".to_owned(), |session| session.pid.to_string());
        if branch.twigs.is_empty() { pid } else { format!("{pid}({})", drawn(&branch.twigs)) }
    };
    branches.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_blocker_stands_in_the_way_and_the_writers_behind() {
    // 1 is the step: it waits for 2, which waits for 3 and for a prepared transaction; 4 and 5 wait for the step, 6 for 5.
    let seen = sighting(&[
        (1, &[2]),
        (2, &[0, 3]),
        (3, &[]),
        (4, &[1]),
        (5, &[1, 4]),
        (6, &[5]),
        (7, &[8]),
        (8, &[]),
    ]);
    assert_eq!(drawn(&seen.in_our_way()), "2(prepared 3)");
    assert_eq!(drawn(&seen.behind_us()), "4 5(6)");
    assert_eq!(seen.queued().len(), 3);
}

#[test]
fn a_ring_of_waiters_is_told_once_and_ends() {
    let seen = sighting(&[(1, &[2]), (2, &[3]), (3, &[1])]);
    assert_eq!(drawn(&seen.in_our_way()), "2(3)");
    assert_eq!(drawn(&seen.behind_us()), "3(2)");
}

#[test]
fn whoever_has_gone_between_two_questions_is_not_in_the_way() {
    assert_eq!(sighting(&[(1, &[9])]).in_our_way(), []);
}

fn limit() -> Airbag {
    Airbag { sessions: 1, after: Span::from_ms(5_000) }
}

#[test]
fn the_airbag_opens_when_too_many_have_waited_for_too_long() {
    let (mut gauge, many) = (Gauge::default(), sighting(&[(1, &[]), (2, &[1]), (3, &[1])]));
    let at = |seconds| Duration::from_secs(seconds);
    assert_eq!(gauge.look(&limit(), &many, at(100)), None);
    assert_eq!(gauge.look(&limit(), &many, at(104)), None);
    // One left in between: the count begins anew.
    assert_eq!(gauge.look(&limit(), &sighting(&[(1, &[]), (2, &[1])]), at(105)), None);
    assert_eq!(gauge.look(&limit(), &many, at(106)), None);
    let trip = gauge.look(&limit(), &many, at(111)).expect("it opens");
    assert_eq!(trip.held, at(5));
    assert_eq!(airbag::sentence(&trip.waiting), "2 sessions: pid 2, pid 3");
}

#[test]
fn the_airbag_is_not_armed_when_a_step_that_connects_is_not_to_be_seen() {
    let id = |text| crate::runbook::Id::parse(text).unwrap();
    let seen = Sighting { at: 6_000, ..Sighting::default() };
    let mut watch =
        Watch { step: id("up"), attempt: 1, since: 0, met: false, sighting: Some(seen), error: None };
    assert_eq!((watch.armed(true), watch.armed(false)), (Armed::No, Armed::Idle));
    watch.met = true;
    assert_eq!(watch.armed(true), Armed::Yes);
    watch.error = Some("gone".to_owned());
    assert_eq!(watch.armed(true), Armed::Unknown);
}

#[test]
fn each_phase_counts_what_is_its_own() {
    let done = |done, of| Done { done, of };
    let mut build = Build { phase: "building index: scanning table".to_owned(), ..Build::default() };
    (build.lockers, build.blocks, build.tuples) = (done(1, 1), done(1_200, 4_000), done(0, 0));
    assert_eq!(build.counted_words().as_deref(), Some("1,200 of 4,000 blocks"));
    // The counts of a phase before may still stand there.
    build.phase = "waiting for old snapshots".to_owned();
    assert_eq!(build.counted_words().as_deref(), Some("1 of 1 transactions"));
    build.phase = "building index: loading tuples in tree".to_owned();
    (build.blocks, build.tuples) = (done(0, 0), done(7, 9));
    assert_eq!(build.counted_words().as_deref(), Some("7 of 9 rows"));
}

#[test]
fn only_sessions_of_clients_can_be_stopped() {
    let of = |kind: Option<&str>, query: &str| {
        let query = Some(query.to_owned());
        Session { kind: kind.map(str::to_owned), query, ours: false, ..session(9, &[]) }.spared()
    };
    assert_eq!(of(Some("client backend"), "UPDATE tasks"), None);
    assert!(session(1, &[]).spared().is_some(), "the step's own");
    assert!(of(None, "").is_some() && of(Some("walsender"), "").is_some());
    let wraparound = "autovacuum: VACUUM shop.tasks (to prevent wraparound)";
    assert!(of(Some("autovacuum worker"), wraparound).unwrap().contains("transaction ids"));
}

#[test]
fn a_session_is_named_by_pid_and_start() {
    let backend = Backend { pid: 4711, started: 1_763_935_082_123_456 };
    assert_eq!(backend.to_string().parse(), Ok(backend));
    for text in ["", "4711", "4711@", "@5", "-1@5", "0@5", "4711@now"] {
        assert!(text.parse::<Backend>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn every_tree_ends_and_names_nobody_twice(edges in prop::collection::vec(prop::collection::vec(0..8_i32, 0..4), 8)) {
        let sessions = edges.iter().zip(1..).map(|(waits_for, pid)| session(pid, waits_for)).collect();
        let seen = Sighting { sessions, ..Sighting::default() };
        let mut blockers = Vec::new();
        seen.in_our_way().iter().for_each(|branch| branch.gather(&mut blockers));
        for found in [blockers, seen.queued()] {
            let pids: BTreeSet<i32> = found.iter().map(|session| session.pid).collect();
            prop_assert_eq!(pids.len(), found.len());
            prop_assert!(!pids.contains(&1), "the step is not in its own way");
        }
    }
}
