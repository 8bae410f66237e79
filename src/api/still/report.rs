//! A run with what its steps found, for those who were not there.

use crate::api::Trouble;
use crate::api::caller::{caller, problem};
use crate::run::result::StepResult;
use crate::run::{Actor, Event, Ms, RunId, RunState};
use crate::runbook::{Action, Id};
use crate::server::clock::now_ms;
use crate::server::console::{Console, Problem};
use crate::server::evidence::Key;
use crate::server::logs::AttemptDir;
use crate::server::notify::{Notify, Row};
use leptos::prelude::use_context;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub struct ReportPage {
    pub actor: Actor,
    pub now: Ms,
    pub state: Arc<RunState>,
    pub events: Vec<Event>,
    /// What the last attempt of each explain step has found, in the order of the steps.
    pub plans: Vec<(Id, StepResult)>,
    /// What people elsewhere were told of it.
    pub told: Vec<Row>,
    /// The public key that packs of this console are signed with.
    pub key: Result<String, String>,
}

pub async fn read_report(run: RunId) -> Result<ReportPage, Trouble> {
    let (console, actor) = caller()?;
    let notify = use_context::<Notify>();
    let state = console.state(&run).await.map_err(problem)?;
    // The events of that very state, and none that came meanwhile.
    let events = console.events(&run, 0, usize::MAX).await.map_err(problem)?;
    let events = events.iter().filter(|event| event.seq <= state.seq).map(|event| Event::clone(event));
    let events = events.collect();
    let plans = plans(&console, &state).await?;
    let told = match notify {
        Some(notify) => notify.told(&run).await.map_err(|error| problem(error.into()))?,
        None => Vec::new(),
    };
    let data = console.state_dir().to_owned();
    let key = tokio::task::spawn_blocking(move || Key::of(&data)).await;
    let key = key.map_err(|error| problem(Problem::Internal(error.to_string())))?;
    let key = key.map(|key| key.public().to_string()).map_err(|error| error.to_string());
    Ok(ReportPage { actor, now: now_ms(), state, events, plans, told, key })
}

async fn plans(console: &Console, state: &RunState) -> Result<Vec<(Id, StepResult)>, Trouble> {
    let explains = state.runbook.steps().filter(|(_, step)| matches!(step.run, Action::Explain(_)));
    let mut plans = Vec::new();
    for attempt in explains.filter_map(|(_, step)| state.last_attempt(&step.id)) {
        let dir =
            AttemptDir::new(console.state_dir(), state.run.as_str(), attempt.step.as_str(), attempt.number);
        let dir = dir.map_err(|error| problem(Problem::Internal(error.to_string())))?;
        // An attempt that came to nothing has left none.
        let Ok(json) = tokio::fs::read(dir.file("result.json")).await else { continue };
        if let Ok(result) = serde_json::from_slice(&json) {
            plans.push((attempt.step.clone(), result));
        }
    }
    Ok(plans)
}
