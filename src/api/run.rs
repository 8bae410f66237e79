//! What a run's page is made of: its events. What they mean is folded on the page itself.

use super::step::StepPage;
use super::{Refused, Trouble};
use crate::run::choice::Choice;
use crate::run::{Actor, Event, Ms, Reading, RunId};
use crate::watch::Watch;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunPage {
    pub events: Vec<Event>,
    pub actor: Actor,
    /// The console's clock when this was read.
    pub now: Ms,
    /// What the attempt has left that the choice looks at.
    pub shown: Option<StepPage>,
    /// What goes on in the target, while a step runs.
    pub watch: Option<Watch>,
    /// What the target says just now, while the run lives.
    pub reading: Option<Reading>,
    /// The page is the answer to a form that was refused.
    pub refused: Option<Refused>,
}

#[server(prefix = "/api/ui", endpoint = "run", input = GetUrl)]
pub async fn read_run(
    run: RunId,
    // A query cannot carry a choice of nothing.
    #[server(default)] choice: Choice,
) -> Result<RunPage, Trouble> {
    use super::attempt::of_attempt;
    use super::caller::{caller, problem};
    use crate::server::clock::now_ms;

    let (console, actor) = caller()?;
    let events = console.events(&run, 0, usize::MAX).await.map_err(problem)?;
    let events = events.iter().map(|event| Event::clone(event)).collect();
    let state = console.state(&run).await.map_err(problem)?;
    let shown = match choice.attempt(&state) {
        Some(attempt) => Some(of_attempt(&console, &run, attempt, &choice.look).await?),
        None => None,
    };
    let watch = console.watches().latest(&run).map(|watch| Watch::clone(&watch));
    let reading = console.glance(&state).await;
    Ok(RunPage { events, actor, now: now_ms(), shown, watch, reading, refused: use_context() })
}
