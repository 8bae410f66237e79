//! How the target of a run lives with the change: the counters now against those at the change.

use super::Trouble;
use crate::aftercare::Look;
use crate::run::{Actor, Ms, RunId};
use crate::runbook::{Aftercare, Id};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AftercarePage {
    pub actor: Actor,
    pub run: RunId,
    pub title: String,
    pub target: Id,
    pub environment: String,
    pub limits: Aftercare,
    /// Names of the indexes that the change makes.
    pub expected: Vec<String>,
    /// The change was made and not taken back: those that are not there are missed.
    pub applied: bool,
    /// Title of the step behind which counting begins; none before the change.
    pub behind: Option<String>,
    /// Why the counters of a later step are not to be had.
    pub lacks: Option<String>,
    /// The last look; none as long as the target has never answered.
    pub look: Option<Look>,
    /// Why the target does not answer now.
    pub error: Option<String>,
    /// The console's clock.
    pub now: Ms,
}

#[server(prefix = "/api/ui", endpoint = "aftercare", input = GetUrl)]
pub async fn read_aftercare(run: RunId) -> Result<AftercarePage, Trouble> {
    use super::caller::{caller, problem, told};
    use crate::aftercare::{Since, since};
    use crate::server::aftercare::base;
    use crate::server::clock::now_ms;
    use crate::server::target::counters::Part;

    /// The slowest statements that a page shows.
    const MOST_STATEMENTS: usize = 10;

    let (console, actor) = caller()?;
    let state = console.state(&run).await.map_err(problem)?;
    let runbook = &state.runbook;
    let Some(database) = &runbook.database else {
        let why = "The runbook of this run names no part of a database to look after.";
        return Err(told(Trouble::NotFound(why.to_owned())));
    };
    let base = base(console.state_dir(), &state).await;
    let (look, error) = match console.targets().get(&state.target.name) {
        None => (None, Some(format!("The target {} is no longer configured.", state.target.name))),
        Some(target) => {
            let sample = console.sampler().look(target, &Part::from(database)).await;
            let look = sample.counters.map(|(taken, counters)| Look {
                taken,
                since: Since::of(base.counters.as_ref(), &counters),
                statements: since::statements(base.counters.as_ref(), &counters.statements, MOST_STATEMENTS),
                bloat: sample.bloat,
                trend: sample.trend,
            });
            (look, sample.error)
        }
    };
    let applied = base.counters.is_some() && state.rollback.is_none();
    let behind = base.step.as_ref().and_then(|step| runbook.step(step)).map(|(_, step)| step.title.clone());
    Ok(AftercarePage {
        actor,
        run,
        title: runbook.title.clone(),
        target: state.target.name.clone(),
        environment: state.target.environment.clone(),
        limits: runbook.aftercare.clone().unwrap_or_default(),
        expected: database.indexes.iter().map(|index| index.name.clone()).collect(),
        applied,
        behind,
        lacks: base.lacks,
        look,
        error,
        now: now_ms(),
    })
}
