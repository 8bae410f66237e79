//! Starting a run and commanding it.

use super::documents::{Asked, Done, Started};
use super::table::PREFIX;
use crate::run::{Envelope, RunId};
use crate::server::auth::Identity;
use crate::server::console::StartRun;
use crate::server::web::{AppError, Web};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

pub async fn start(
    State(web): State<Web>,
    Extension(identity): Extension<Identity>,
    Json(ask): Json<StartRun>,
) -> Result<Response, AppError> {
    let id = web.start(ask, &identity.actor).await?;
    let location = [(header::LOCATION, format!("{PREFIX}/runs/{id}"))];
    Ok((StatusCode::CREATED, location, Json(Started { id })).into_response())
}

pub async fn command(
    State(web): State<Web>,
    Path(run): Path<RunId>,
    Extension(identity): Extension<Identity>,
    Json(asked): Json<Asked>,
) -> Result<Json<Done>, AppError> {
    let Asked { command_id, expected_seq, command, code } = asked;
    let envelope = Envelope { command_id, expected_seq, command };
    let state = web.command(&run, envelope, &code, &identity).await?;
    Ok(Json(Done { seq: state.seq }))
}
