//! A runbook as it would be started now.

use crate::api::caller::{caller, problem};
use crate::api::{Refused, Trouble};
use crate::run::{Actor, RunId};
use crate::runbook::{Id, Runbook};
use crate::server::console::Problem;
use leptos::prelude::use_context;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub struct RunbookPage {
    pub actor: Actor,
    pub runbook: Arc<Runbook>,
    pub sha256: String,
    pub targets: Vec<TargetChoice>,
    /// The page is the answer to a start that was refused.
    pub refused: Option<Refused>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetChoice {
    pub name: Id,
    pub environment: String,
    /// The run that this target has already.
    pub busy: Option<RunId>,
}

pub async fn read_runbook(slug: Id) -> Result<RunbookPage, Trouble> {
    let (console, actor) = caller()?;
    let found = console.runbooks().find(&slug);
    let found =
        found.map_err(|error| problem(Problem::Internal(format!("the runbooks cannot be read: {error}"))))?;
    let loaded = found.ok_or_else(|| problem(Problem::NotFound(format!("There is no runbook `{slug}`."))))?;
    let runs = console.runs().await.map_err(problem)?;
    let live = |name: &Id| {
        runs.iter().find(|run| run.ending.is_none() && run.target == *name).map(|run| run.run.clone())
    };
    let targets = console.targets().iter().map(|target| TargetChoice {
        name: target.name().clone(),
        environment: target.environment_name().to_owned(),
        busy: live(target.name()),
    });
    let targets = targets.collect();
    Ok(RunbookPage { actor, runbook: loaded.runbook, sha256: loaded.sha256, targets, refused: use_context() })
}
