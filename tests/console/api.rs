//! The console as a program uses it: `/api/v1`.

use crate::console::Console;
use crate::sse::Stream;
use kneeboard::run::event::{Body, Known};
use kneeboard::run::state::verify;
use kneeboard::run::view::StepStatus;
use kneeboard::run::{Event, RunId, RunState, Seq};
use kneeboard::runbook::Id;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A test waits this long for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

impl Console {
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}/api/v1{path}", self.url())).bearer_auth(self.token("olga"))
    }

    pub async fn post(&self, who: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.client.post(format!("{}/api/v1{path}", self.url())).bearer_auth(self.token(who));
        let answer = request.json(body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    pub async fn ask_for_run(&self, who: &str) -> (StatusCode, Value) {
        let body = json!({ "runbook": "test", "target": "shop" });
        self.post(who, "/runs", &body).await
    }

    /// Olga starts a run.
    pub async fn start_run(&self) -> RunId {
        let (status, answer) = self.ask_for_run("olga").await;
        assert_eq!(status, 201, "{answer}");
        serde_json::from_value(answer["id"].clone()).unwrap()
    }

    pub async fn state(&self, run: &RunId) -> RunState {
        let answer = self.get(&format!("/runs/{run}")).send().await.unwrap().error_for_status().unwrap();
        let document: Value = answer.json().await.unwrap();
        serde_json::from_value(document["state"].clone()).unwrap()
    }

    pub async fn command_as(
        &self,
        who: &str,
        run: &RunId,
        seq: Seq,
        id: &str,
        command: &Value,
    ) -> (StatusCode, Value) {
        let body = json!({ "command_id": id, "expected_seq": seq, "command": command });
        self.post(who, &format!("/runs/{run}/commands"), &body).await
    }

    /// Olga's command, having seen all.
    pub async fn command(&self, run: &RunId, command: Value) -> (StatusCode, Value) {
        let seq = self.state(run).await.seq;
        self.command_as("olga", run, seq, RunId::random().as_str(), &command).await
    }

    pub async fn start_step(&self, run: &RunId, step: &str) {
        let (status, answer) = self.command(run, start(step)).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Waits until the run is so.
    pub async fn until(&self, run: &RunId, what: &str, is: impl Fn(&RunState) -> bool) -> RunState {
        let begun = Instant::now();
        loop {
            let state = self.state(run).await;
            if is(&state) {
                return state;
            }
            assert!(begun.elapsed() < PATIENCE, "never: {what}; {:#?}", state.attempts);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a step is neither waiting nor under way, and says what it is.
    pub async fn settled(&self, run: &RunId, step: &str) -> StepStatus {
        let step = id(step);
        let settled = |state: &RunState| {
            let status = state.step_status(&step);
            status != StepStatus::Waiting && !status.live()
        };
        self.until(run, "the step comes to its end", settled).await.step_status(&step)
    }

    pub async fn running(&self, run: &RunId, step: &str) {
        let step = id(step);
        self.until(run, "the step runs", |state| state.step_status(&step) == StepStatus::Running).await;
    }

    /// Waits until the log on disk holds a text.
    pub async fn shows(&self, run: &RunId, step: &str, text: &str) {
        let begun = Instant::now();
        while !self.out(run, step).contains(text) {
            assert!(begun.elapsed() < PATIENCE, "the log of {step} never shows {text:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn download(&self, run: &RunId, step: &str) -> String {
        let path = format!("/runs/{run}/steps/{step}/attempts/1/log.txt");
        self.get(&path).send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
    }

    /// All events so far: an unbroken chain that folds to the state the console shows.
    pub async fn events(&self, run: &RunId) -> Vec<Event> {
        let state = self.state(run).await;
        let mut stream = Stream::of(self.get(&format!("/runs/{run}/events")).send().await.unwrap());
        let mut events: Vec<Event> = Vec::new();
        while events.last().is_none_or(|event| event.seq < state.seq) {
            let frame = stream.next().await.expect("all events");
            events.push(serde_json::from_value(frame.data).unwrap());
        }
        assert_eq!(verify(&events), Ok(()));
        let folded = RunState::fold(events.iter().take(usize::try_from(state.seq).unwrap()));
        assert_eq!(folded.as_ref(), Some(&state));
        events
    }

    /// How often a step was queued, by the events.
    pub async fn times_queued(&self, run: &RunId, step: &str) -> usize {
        let step = id(step);
        let queued =
            |body: &Body| matches!(body, Body::Known(Known::AttemptQueued { step: of, .. }) if *of == step);
        self.events(run).await.iter().filter(|event| queued(&event.body)).count()
    }
}

pub fn start(step: &str) -> Value {
    json!({ "kind": "start_step", "step": step })
}

/// Who carried out the first event of this kind.
pub fn actor_of(events: &[Event], is: impl Fn(&Known) -> bool) -> &str {
    let found = events.iter().find(|event| matches!(&event.body, Body::Known(known) if is(known)));
    &found.expect("such an event").actor
}
