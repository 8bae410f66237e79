//! The log of one attempt, `id` = offset.

use super::After;
use crate::server::logs::sse;
use crate::server::web::address::AttemptPath;
use crate::server::web::{AppError, Web};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;

/// `GET …/log?after=OFFSET`
pub async fn log(
    State(web): State<Web>,
    Path(path): Path<AttemptPath>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let dir = path.dir(&web).await?;
    Ok(sse::respond(web.console.logs(), &dir, &headers, query.after.as_deref()).await?)
}
