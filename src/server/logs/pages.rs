//! Parts of a log as JSON for a page that scrolls back or filters. Following it lives in `sse`.

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::task::spawn_blocking;

use super::dir::AttemptDir;
use super::error::LogError;
use super::hub::{AttemptLog, LogHub};
use super::lines::Needle;

/// Most bytes of output in one page.
pub const MOST_BYTES: u64 = 256 * 1024;

/// Most lines in one page.
pub const MOST_LINES: usize = 2000;

/// Most bytes that one search looks through: some 50 ms.
const MOST_SEARCHED: u64 = 16 * 1024 * 1024;

/// The last `lines` lines before an offset (of the whole log without one), as one `log` document. Its `from` is the
/// `before` of the page above it.
///
/// # Errors
/// A sentence for the viewer, with its status.
pub async fn back(
    hub: &LogHub,
    attempt: &AttemptDir,
    before: Option<u64>,
    lines: usize,
) -> Result<Response, LogError> {
    let log = hub.open(attempt).await?;
    let before = within(&log, before)?;
    let json = blocking(move || tail(&log, before, lines.min(MOST_LINES))).await?;
    Ok(document(json))
}

/// A part of a log from an offset on, as one `log` document. Its `to` is the `after` of the page below it.
///
/// # Errors
/// A sentence for the viewer, with its status.
pub async fn forth(hub: &LogHub, attempt: &AttemptDir, after: u64) -> Result<Response, LogError> {
    let log = hub.open(attempt).await?;
    let (after, length) = (within(&log, Some(after))?, log.status().committed);
    let json =
        blocking(move || Ok(log.encoder().json(&log.reader().page(after, length, MOST_BYTES as usize)?)));
    Ok(document(json.await?))
}

fn document(json: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json).into_response()
}

/// Lines that hold a text, from an offset on, as [`super::lines::Hits`].
///
/// # Errors
/// A sentence for the viewer, with its status.
pub async fn search(
    hub: &LogHub,
    attempt: &AttemptDir,
    text: &str,
    ignore_case: bool,
    from: u64,
) -> Result<Response, LogError> {
    let log = hub.open(attempt).await?;
    let length = log.status().committed;
    let needle = Needle::new(text, ignore_case);
    let hits =
        blocking(move || log.reader().search(&needle, from, length, MOST_LINES, MOST_SEARCHED)).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(hits)).into_response())
}

/// The last lines before an offset as one `log` document. Blocks for the time of a small read.
pub fn tail(log: &AttemptLog, before: u64, lines: usize) -> io::Result<Vec<u8>> {
    let from = log.reader().back(before, lines, MOST_BYTES)?;
    let page = log.reader().page(from, before, MOST_BYTES as usize)?;
    Ok(log.encoder().json(&page))
}

fn within(log: &Arc<AttemptLog>, before: Option<u64>) -> Result<u64, LogError> {
    let length = log.status().committed;
    match before.unwrap_or(length) {
        from if from > length => Err(LogError::Beyond { from, length }),
        from => Ok(from),
    }
}

async fn blocking<T: Send + 'static>(read: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(read).await.map_err(io::Error::other)?
}
