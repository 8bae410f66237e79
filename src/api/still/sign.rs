//! A run as one person sees it who is asked to sign.

use crate::api::caller::{caller, problem};
use crate::api::{Fields, Refused, Trouble};
use crate::run::event::{Body, Known, Preflight};
use crate::run::{Actor, Refusal, RunId, RunState};
use leptos::prelude::use_context;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub struct SignPage {
    pub actor: Actor,
    pub state: Arc<RunState>,
    /// What the preflight had said when the run was started.
    pub preflight: Option<Preflight>,
    /// The page is the answer to a form that was refused.
    pub refused: Option<Refusal>,
    pub sent: Fields,
}

pub async fn read_sign(run: RunId) -> Result<SignPage, Trouble> {
    let (console, actor) = caller()?;
    let state = console.state(&run).await.map_err(problem)?;
    let first = console.events(&run, 0, 1).await.map_err(problem)?;
    let preflight = first.first().and_then(|event| match &event.body {
        Body::Known(Known::RunStarted { preflight, .. }) => preflight.as_deref().cloned(),
        _ => None,
    });
    let refused: Option<Refused> = use_context();
    let (refused, sent) = refused.map_or((None, Fields::new()), |r| (Some(r.refusal), r.fields));
    Ok(SignPage { actor, state, preflight, refused, sent })
}
