//! The preflight of a runbook on one of the targets, as it was seen last.

use super::{Refused, TargetChoice, Trouble};
use crate::preflight::report::Looked;
use crate::run::{Actor, Ms};
use crate::runbook::Id;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreflightPage {
    pub actor: Actor,
    pub now: Ms,
    pub slug: Id,
    pub title: String,
    pub targets: Vec<TargetChoice>,
    /// The one that is looked at; none where there are several and none was chosen.
    pub target: Option<Id>,
    pub looked: Looked,
    /// The page is the answer to a form that was refused.
    pub refused: Option<Refused>,
}

#[server(prefix = "/api/ui", endpoint = "preflight", input = GetUrl)]
pub async fn read_preflight(slug: Id, target: Option<Id>) -> Result<PreflightPage, Trouble> {
    use super::caller::{caller, problem};
    use super::runbook::read_runbook;
    use crate::server::clock::now_ms;

    let (console, actor) = caller()?;
    let page = read_runbook(slug.clone()).await?;
    let only = || Some(page.targets.first()?.name.clone()).filter(|_| page.targets.len() == 1);
    let target = target.or_else(only);
    let looked = match &target {
        Some(target) => console.preflight(&slug, target).map_err(problem)?,
        None => Looked::default(),
    };
    let title = page.runbook.title.clone();
    Ok(PreflightPage {
        actor,
        now: now_ms(),
        slug,
        title,
        targets: page.targets,
        target,
        looked,
        refused: use_context(),
    })
}
