//! The preflight of a runbook on a target.

use crate::preflight::report::Looked;
use crate::runbook::Id;
use crate::server::auth::Identity;
use crate::server::web::{AppError, Web};
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct On {
    target: Id,
}

pub async fn last(
    State(web): State<Web>,
    Path(runbook): Path<Id>,
    Query(on): Query<On>,
) -> Result<Json<Looked>, AppError> {
    Ok(Json(web.console.preflight(&runbook, &on.target)?))
}

pub async fn make(
    State(web): State<Web>,
    Path(runbook): Path<Id>,
    Query(on): Query<On>,
    Extension(identity): Extension<Identity>,
) -> Result<Json<Looked>, AppError> {
    Ok(Json(web.console.compile(&runbook, &on.target, &identity.actor).await?))
}
