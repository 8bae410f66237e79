//! A crowd of random commands that must not get past the rules.

use super::*;
use crate::run::readiness::Open;
use crate::run::state::Stage;
use crate::run::window::Window;
use crate::runbook::How;
use crate::watch::{Backend, Force};
use proptest::prelude::*;

/// Anything that anybody could ask for.
fn any_command() -> impl Strategy<Value = Command> {
    let step = prop::sample::select(vec!["dump", "up", "look", "down", "none"]).prop_map(id);
    let item = prop::sample::select(vec!["window", "space", "backed", "none"]).prop_map(id);
    let phase = prop::sample::select(vec!["preflight", "migrate", "back"]).prop_map(id);
    let text = prop::sample::select(vec!["", "because"]).prop_map(str::to_owned);
    let answer = prop::sample::select(vec![Answer::Done, Answer::NotApplicable, Answer::Open]);
    let confirm = prop::sample::select(vec!["shop", "shopp"]).prop_map(str::to_owned);
    let name = prop::sample::select(vec!["olive", "eve", "cara", "ann"]).prop_map(str::to_owned);
    prop_oneof![
        4 => (step.clone(), text.clone()).prop_map(|(step, reason)| Command::StartStep { step, reason }),
        2 => (item.clone(), answer, text.clone()).prop_map(|(item, answer, note)| Command::AnswerItem { item, answer, note }),
        2 => item.clone().prop_map(|item| Command::Probe { item }),
        1 => phase.clone().prop_map(|phase| Command::ProbeAll { phase }),
        1 => (item, text.clone()).prop_map(|(item, note)| Command::AcceptItem { item, note }),
        4 => (phase.clone(), text.clone()).prop_map(|(phase, note)| Command::SignOff { phase, role: id("dba"), note }),
        1 => (phase.clone(), text.clone()).prop_map(|(phase, note)| Command::RefuseSignOff { phase, role: id("dba"), note }),
        1 => (phase, text.clone()).prop_map(|(phase, note)| Command::WithdrawSignOff { phase, role: id("dba"), note }),
        1 => (step.clone(), text.clone()).prop_map(|(step, reason)| Command::Cancel { step, reason }),
        1 => (step.clone(), text.clone()).prop_map(|(step, reason)| Command::SkipStep { step, reason }),
        1 => (step.clone(), text.clone()).prop_map(|(step, evidence)| Command::MarkStepDone { step, evidence }),
        1 => (step.clone(), text.clone()).prop_map(|(step, note)| Command::AcceptVerdict { step, note }),
        1 => (step, text.clone()).prop_map(|(step, note)| Command::RejectVerdict { step, note }),
        1 => Just(Command::SetPace { pace: Pace::Continue }),
        1 => (text.clone(), confirm).prop_map(|(reason, confirm)| Command::RollBack { path: id("downgrade"), reason, confirm, rows: String::new(), shown: String::new() }),
        1 => text.clone().prop_map(|reason| Command::BreakGlass { reason, shown: String::new() }),
        1 => (prop::sample::select(How::ALL.to_vec()), text.clone()).prop_map(|(how, reason)| Command::Remedy { index: "i".to_owned(), how, reason }),
        1 => (prop::sample::select(vec![Force::Cancel, Force::Terminate]), text.clone()).prop_map(|(how, reason)| Command::StopBlocker { backend: BLOCKER, how, reason }),
        1 => text.clone().prop_map(|note| Command::EndRun { note }),
        1 => (name.clone(), text.clone()).prop_map(|(to, note)| Command::Delegate { role: id("dba"), to, note }),
        1 => text.clone().prop_map(|note| Command::EndDelegation { role: id("dba"), note }),
        1 => name.clone().prop_map(|to| Command::AskHandOver { to }),
        1 => name.prop_map(|to| Command::AcceptHandOver { to }),
        1 => text.clone().prop_map(|reason| Command::TakeControls { reason }),
        1 => text.prop_map(|reason| Command::Abandon { reason }),
    ]
}

#[derive(Clone, Debug)]
enum Deed {
    Asks(usize, Command),
    ProbeAnswers(Verdict),
    AttemptMoves(u8),
    DatabaseSays(&'static str, IndexState),
    BlockerStops(Force),
    WindowTurns(bool),
}

const BLOCKER: Backend = Backend { pid: 7, started: 1 };

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        5 => (0..5_usize, any_command()).prop_map(|(who, command)| Deed::Asks(who, command)),
        2 => prop::sample::select(vec![Verdict::Pass, Verdict::Pass, Verdict::Fail]).prop_map(Deed::ProbeAnswers),
        4 => (0..8_u8).prop_map(Deed::AttemptMoves),
        1 => (prop::sample::select(vec!["old", "new", "foreign"]), prop::sample::select(IndexState::ALL.to_vec()))
            .prop_map(|(revision, state)| Deed::DatabaseSays(revision, state)),
        1 => prop::sample::select(vec![Force::Cancel, Force::Terminate]).prop_map(Deed::BlockerStops),
        1 => prop::bool::weighted(0.8).prop_map(Deed::WindowTurns),
    ]
}

impl Walk {
    fn does(&mut self, deed: Deed) {
        match deed {
            Deed::Asks(who, command) => {
                let everything = person("eve", &Permission::ALL, &["dba"]);
                let people = [
                    operator(),
                    approver("ann"),
                    approver("bob"),
                    everything,
                    person("cara", &[Permission::Approver], &[]),
                ];
                let _ = self.try_as(&people[who], command);
            }
            Deed::ProbeAnswers(verdict) => {
                let (reason, evidence) = (String::new(), String::new());
                self.report(Report::ProbeAnswered { item: id("space"), verdict, reason, evidence });
            }
            Deed::DatabaseSays(revision, state) => {
                if let Some(reading) = says(revision, state) {
                    self.report(Report::DatabaseRead { reading });
                }
            }
            Deed::WindowTurns(open) => {
                let window = Some(Window { open, until: None, says: String::new() });
                self.report(Report::WindowRead { window });
            }
            Deed::BlockerStops(how) => {
                self.report(Report::BlockerStopped { backend: BLOCKER, how, came: "gone".to_owned() });
            }
            Deed::AttemptMoves(how) => {
                let Some(live) = self.state.live_attempt() else { return };
                let (step, attempt) = (live.step.clone(), live.number);
                let applied = if step.as_str() == "down" {
                    says("old", IndexState::Missing)
                } else {
                    says("new", IndexState::Ok)
                };
                match how {
                    0 => self.report(Report::Starting { step, attempt }),
                    1 => self.report(Report::Running { step, attempt }),
                    2 => self.report(Report::Lost { step, attempt, reason: String::new() }),
                    3 => self.report(Report::Held { step, attempt, by: "pg_dump".to_owned() }),
                    4 => self.report(Report::Airbag { step, attempt, waiting: Vec::new(), held_ms: 5_000 }),
                    5 => self.ends(1, applied),
                    _ => self.ends(0, applied),
                };
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_gets_past_the_rules(pace in any::<bool>(), deeds in prop::collection::vec(any_deed(), 1..120)) {
        let mut walk = Walk::begin(if pace { Pace::Continue } else { Pace::StepByStep });
        for deed in deeds {
            let before = walk.state.clone();
            walk.does(deed);
            for event in &walk.events[before.seq as usize..] {
                prop_assert!(before.ended.is_none(), "an event after the end: {event:?}");
                let Body::Known(known) = &event.body else { continue };
                if let Known::AttemptQueued { step, .. } | Known::StepSkipped { step, .. } | Known::StepMarkedDone { step, .. } = known
                    && ["up", "look"].contains(&step.as_str())
                {
                    // Judged on what the run was when the event came, not on what the event made of it.
                    let at = RunState::fold(&walk.events[..event.seq as usize - 1]).unwrap();
                    prop_assert!(at.gate_open(at.runbook.phase(&id("preflight")).unwrap()), "past a closed gate: {event:?}");
                    let queued = matches!(known, Known::AttemptQueued { .. });
                    let by_hand = event.actor != Actor::CONSOLE;
                    prop_assert!(!by_hand || at.flies(&event.actor), "without the controls: {event:?}");
                    prop_assert!(!queued || at.outside_window().is_none(), "outside the window: {event:?}");
                }
            }
            let began = &walk.events[before.seq as usize..];
            if began.iter().any(|event| matches!(event.body, Body::Known(Known::RollbackChosen { .. }))) {
                let path = before.runbook.path(&id("downgrade")).unwrap();
                prop_assert!(!matches!(before.open(path), Open::No { .. }), "a closed way back was taken");
            }
            let live = walk.state.attempts.iter().filter(|attempt| attempt.live()).count();
            prop_assert!(live <= 1, "{live} live attempts");
            let mut signers: Vec<&str> = walk.state.sign_offs.iter().filter(|s| s.void.is_none()).map(|s| s.by.who.as_str()).collect();
            signers.sort_unstable();
            prop_assert!(signers.windows(2).all(|pair| pair[0] != pair[1]), "one person twice: {signers:?}");
            prop_assert!(!signers.contains(&"olive"), "the one who started signed");
            let mut words: Vec<&str> = walk.state.sign_offs.iter().filter(|s| s.given && s.void.is_none()).map(|s| s.in_place_of.as_deref().unwrap_or(&s.by.who)).collect();
            words.sort_unstable();
            prop_assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "one word twice: {words:?}");
            prop_assert!(!words.contains(&"olive"), "the word of the one who started");
        }
        prop_assert_eq!(crate::run::state::verify(&walk.events), Ok(()));
        prop_assert_eq!(RunState::fold(&walk.events), Some(walk.state.clone()));
        let carried: Vec<Event> = serde_json::from_str(&serde_json::to_string(&walk.events).unwrap()).unwrap();
        prop_assert_eq!(RunState::fold(&carried), Some(walk.state.clone()));
        let state: RunState = serde_json::from_str(&serde_json::to_string(&walk.state).unwrap()).unwrap();
        prop_assert_eq!(&state, &walk.state);
        prop_assert!(walk.state.attempts.iter().all(|a| a.stage != Stage::Lost || a.outcome.is_none()));
    }
}
