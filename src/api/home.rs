//! What stands on the first page.

use super::Trouble;
use crate::run::{Actor, Ms, RunSummary};
use crate::runbook::Id;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Home {
    pub actor: Actor,
    pub now: Ms,
    /// Newest first.
    pub runs: Vec<RunSummary>,
    /// For each live run, by its id, what it wants of a person; empty where nothing.
    pub wants: Vec<(String, String)>,
    /// Runs that wait for the signature of the one who looks.
    pub to_sign: Vec<String>,
    pub offers: Vec<Offer>,
    pub broken: Vec<Broken>,
    /// Receivers of notifications that are not reached now.
    pub unreached: Vec<String>,
}

/// A runbook that can be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub slug: Id,
    pub title: String,
    pub summary: String,
    pub phases: usize,
    pub lines: usize,
    pub steps: usize,
    pub ways_back: usize,
}

/// A file in the folder of runbooks that is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    pub mistakes: Vec<String>,
}

#[server(prefix = "/api/ui", endpoint = "home", input = GetUrl)]
pub async fn read_home() -> Result<Home, Trouble> {
    use super::caller::{caller, problem};
    use crate::run::to_sign::ToSign;
    use crate::runbook::Runbook;
    use crate::server::clock::now_ms;
    use crate::server::console::Problem;
    use crate::server::notify::Notify;

    fn offer(runbook: &Runbook) -> Offer {
        Offer {
            slug: runbook.slug.clone(),
            title: runbook.title.clone(),
            summary: runbook.summary.clone(),
            phases: runbook.forward().count(),
            lines: runbook.phases.iter().map(|phase| phase.items.len()).sum(),
            steps: runbook.forward().map(|phase| phase.steps.len()).sum(),
            ways_back: runbook.rollback.len(),
        }
    }

    let notify = use_context::<Notify>();
    let (console, actor) = caller()?;
    let runs = console.runs().await.map_err(problem)?;
    let (mut wants, mut to_sign) = (Vec::new(), Vec::new());
    for run in runs.iter().filter(|run| run.ending.is_none()) {
        let state = console.state(&run.run).await.map_err(problem)?;
        if matches!(state.to_sign(&actor), ToSign::Wanted { .. }) {
            to_sign.push(run.run.to_string());
        }
        wants.push((run.run.to_string(), state.want().sentence()));
    }
    let unreadable = |error: std::io::Error| {
        problem(Problem::Internal(format!("the folder of runbooks cannot be read: {error}")))
    };
    let (mut offers, mut broken) = (Vec::new(), Vec::new());
    for file in console.runbooks().list().map_err(unreadable)? {
        match file.content {
            Ok(loaded) => offers.push(offer(&loaded.runbook)),
            Err(mistakes) => broken.push(Broken { mistakes }),
        }
    }
    let unreached = match notify {
        Some(notify) => notify.failing().await.map_err(|error| problem(error.into()))?,
        None => Vec::new(),
    };
    Ok(Home { actor, now: now_ms(), runs, wants, to_sign, offers, broken, unreached })
}
