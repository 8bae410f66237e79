//! The preflight of a runbook on one of the targets, as it was seen last.

use super::{TargetChoice, read_runbook};
use crate::api::caller::{caller, problem};
use crate::api::{Refused, Trouble};
use crate::preflight::report::Looked;
use crate::run::{Actor, Ms};
use crate::runbook::Id;
use crate::server::clock::now_ms;
use leptos::prelude::use_context;

#[derive(Clone, Debug, PartialEq)]
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

pub async fn read_preflight(slug: Id, target: Option<Id>) -> Result<PreflightPage, Trouble> {
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
