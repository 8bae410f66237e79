//! `/runs/{id}/evidence.zip`: a run with all that shows what happened.

use super::{AppError, Web};
use crate::run::RunId;
use crate::server::evidence::{PackError, pack};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio_util::io::ReaderStream;

/// The content type of a pack, which is compressed already.
pub const ZIP: &str = "application/zip";

pub async fn zip(State(web): State<Web>, Path(run): Path<RunId>) -> Result<Response, AppError> {
    let file =
        pack(web.console.store(), web.console.state_dir(), &run).await.map_err(|error| match error {
            PackError::NoRun(_) => AppError::not_found(error.to_string()),
            error => AppError::internal(error),
        })?;
    let length = file.metadata().map_err(AppError::internal)?.len();
    let headers = [
        (header::CONTENT_TYPE, ZIP.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"kneeboard-{run}.zip\"")),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let pieces = ReaderStream::with_capacity(tokio::fs::File::from_std(file), 256 * 1024);
    Ok((headers, Body::from_stream(pieces)).into_response())
}
