//! What all parts of a run's page share: the run as folded, who looks, and what they look at.

use crate::api::{Fields, LogPart, RunPage, StepPage};
use crate::run::choice::{Choice, Look};
use crate::run::result::StepResult;
use crate::run::{Actor, Command, Event, Ms, Reading, Refusal, RunId, RunState};
use crate::runbook::Id;
use crate::ui::live::Link;
use crate::ui::parts::Seen;
use crate::watch::Watch;
use leptos::prelude::*;
use std::sync::Arc;

/// Cheap to copy; all copies are the same page.
#[derive(Clone, Copy)]
pub struct Page {
    pub state: RwSignal<Arc<RunState>>,
    pub events: RwSignal<Vec<Event>>,
    actor: StoredValue<Actor>,
    /// The console's clock, Unix milliseconds.
    pub now: RwSignal<Ms>,
    pub link: RwSignal<Link>,
    /// The last refusal, with the key of the form that it answers; empty where that form is gone.
    pub refused: RwSignal<Option<(String, Refusal)>>,
    /// The form that was refused, where the page is the answer to it.
    sent: StoredValue<Fields>,
    pub choice: Memo<Choice>,
    pub part: RwSignal<Option<Part>>,
    pub result: RwSignal<Option<StepResult>>,
    /// What goes on in the target, as of the last second.
    pub watch: RwSignal<Option<Watch>>,
    /// What the target says, as of the last seconds.
    pub reading: RwSignal<Option<Reading>>,
}

/// A part of an attempt's output.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub run: RunId,
    pub step: Id,
    pub attempt: u32,
    pub look: Look,
    pub log: LogPart,
}

/// Which attempt, and which part of its output.
pub type Looked = (Id, u32, Look);

impl Page {
    /// None where the events do not begin a run.
    pub fn new(data: RunPage, choice: Memo<Choice>) -> Option<Self> {
        let state = RunState::fold(&data.events)?;
        let page = Self {
            state: RwSignal::new(Arc::new(state)),
            events: RwSignal::new(data.events),
            actor: StoredValue::new(data.actor),
            now: RwSignal::new(data.now),
            link: RwSignal::new(Link::Still(data.now)),
            refused: RwSignal::new(None),
            sent: StoredValue::new(data.refused.map(|refused| refused.fields).unwrap_or_default()),
            choice,
            part: RwSignal::new(None),
            result: RwSignal::new(None),
            watch: RwSignal::new(data.watch),
            reading: RwSignal::new(data.reading),
        };
        if let Some(shown) = data.shown {
            page.show(shown, choice.get_untracked().look);
        }
        Some(page)
    }

    /// Takes what an attempt has left.
    pub fn show(self, shown: StepPage, look: Look) {
        let run = self.state.read_untracked().run.clone();
        let StepPage { step, attempt, log, result } = shown;
        self.part.set(log.map(|log| Part { run, step, attempt, look, log }));
        self.result.set(result);
    }

    /// Takes the next event; those that are known are passed over. False: one is missing before it.
    pub fn take(self, event: Event) -> bool {
        let known = self.state.read_untracked().seq;
        if event.seq <= known {
            return true;
        }
        if event.seq > known + 1 {
            return false;
        }
        self.state.update(|state| Arc::make_mut(state).apply(&event));
        self.events.update(|events| events.push(event));
        true
    }

    /// The last refusal, where no form shows it.
    pub fn homeless_refusal(self) -> Option<Refusal> {
        self.refused.get().filter(|(key, _)| key.is_empty()).map(|(_, refusal)| refusal)
    }

    pub fn actor(self) -> Actor {
        self.actor.get_value()
    }

    /// As [`Page::see`], with what the target says just now.
    pub fn see_now<T>(self, view: impl FnOnce(&Seen<'_>) -> T) -> T {
        let (state, reading) = (self.state.get(), self.reading.get());
        let newer =
            reading.filter(|reading| state.database.as_ref().is_none_or(|known| known.at() < reading.at()));
        let state = match newer.filter(|_| state.ended.is_none()) {
            Some(reading) => {
                let mut state = RunState::clone(&state);
                state.read(reading);
                Arc::new(state)
            }
            None => state,
        };
        self.see_state(&state, view)
    }

    pub fn see<T>(self, view: impl FnOnce(&Seen<'_>) -> T) -> T {
        self.see_state(&self.state.read(), view)
    }

    fn see_state<T>(self, state: &RunState, view: impl FnOnce(&Seen<'_>) -> T) -> T {
        let refused = self.refused.read();
        let (actor, sent) = (self.actor.read_value(), self.sent.read_value());
        let watching = watching(state, &actor);
        view(&Seen {
            state,
            actor: &actor,
            watching: watching.as_deref(),
            refused: refused.as_ref(),
            sent: &sent,
            at: "runs",
        })
    }

    /// What is looked at now.
    pub fn looked(self) -> Option<Looked> {
        let (state, choice) = (self.state.read(), self.choice.read());
        let attempt = choice.attempt(&state)?;
        Some((attempt.step.clone(), attempt.number, choice.look.clone()))
    }

    /// The step that is looked at.
    pub fn step_id(self) -> Option<Id> {
        let (state, choice) = (self.state.read(), self.choice.read());
        choice.step(&state).map(|step| step.id.clone())
    }
}

/// Why this person may only look.
fn watching(state: &RunState, actor: &Actor) -> Option<String> {
    let any = Command::Abandon { reason: "…".to_owned() };
    state.not_for(any, actor).map(|refusal| refusal.why).or_else(|| state.monitors(&actor.name))
}
