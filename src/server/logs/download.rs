//! A whole log as a file, byte for byte.

use std::fs::File;
use std::io::{self, Read};

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio::task::spawn_blocking;

use super::dir::AttemptDir;
use super::error::LogError;
use super::hub::LogHub;
use crate::server::shim::files;

/// How much is read at once, in bytes.
const PIECE: u64 = 256 * 1024;

/// Answers with all of the log that is committed now; of an ended attempt, with all there will ever be.
///
/// # Errors
/// A sentence for the viewer, with its status.
pub async fn respond(hub: &LogHub, attempt: &AttemptDir) -> Result<Response, LogError> {
    let length = hub.open(attempt).await?.status().committed;
    let file = File::open(attempt.file(files::OUT))?.take(length);
    // A name of a step is plain: see `AttemptDir`.
    let name = format!("attachment; filename=\"{}-{}.log\"", attempt.step(), attempt.attempt());
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let pieces = stream::try_unfold(file, |mut file| async move {
        let (piece, file) =
            spawn_blocking(move || (next_piece(&mut file), file)).await.map_err(io::Error::other)?;
        Ok::<_, io::Error>(piece?.map(|piece| (piece, file)))
    });
    Ok((headers, Body::from_stream(pieces)).into_response())
}

fn next_piece(file: &mut io::Take<File>) -> io::Result<Option<Bytes>> {
    let mut piece = Vec::with_capacity(PIECE.min(file.limit()) as usize);
    file.by_ref().take(PIECE).read_to_end(&mut piece)?;
    Ok((!piece.is_empty()).then(|| Bytes::from(piece)))
}
