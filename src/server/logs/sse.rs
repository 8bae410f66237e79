//! A log as Server-Sent Events: <https://html.spec.whatwg.org/multipage/server-sent-events.html>. Who may see it is
//! decided before.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream, StreamExt};
use serde_json::json;
use tokio::time::timeout;

use super::dir::AttemptDir;
use super::error::LogError;
use super::feed::{Feed, FeedItem};
use super::hub::{End, LogHub};

/// How long a connection may be silent. Proxies commonly cut at 30 s or 60 s.
pub const HEARTBEAT: Duration = Duration::from_secs(10);

/// The event that says only that the connection lives.
pub const PING: Bytes = Bytes::from_static(b"event: ping\ndata: {}\n\n");

/// How soon a browser comes back after a cut, in milliseconds.
const RETRY: Bytes = Bytes::from_static(b"retry: 500\n\n");

/// Answers `GET /runs/{run}/steps/{step}/attempts/{n}/log`: events `log` (`id` is the offset behind it), then
/// `end-log` when the attempt has ended and the whole log was sent, or `lost-log` when its shim is gone.
///
/// # Errors
/// A sentence for the viewer, with its status.
pub async fn respond(
    hub: &LogHub,
    attempt: &AttemptDir,
    headers: &HeaderMap,
    from: Option<&str>,
) -> Result<Response, LogError> {
    let from = resume_at(headers, from)?;
    let feed = hub.open(attempt).await?.feed(from)?;
    Ok(event_stream(frames(feed, attempt.clone())))
}

/// Where a viewer goes on: the `Last-Event-ID` header of a browser that comes back wins over the page's `?from=`.
///
/// # Errors
/// [`LogError::BadOffset`].
pub fn resume_at(headers: &HeaderMap, from: Option<&str>) -> Result<u64, LogError> {
    let last_seen = headers.get("last-event-id").map(|id| id.to_str().unwrap_or("unreadable"));
    match last_seen.or(from) {
        None => Ok(0),
        Some(text) => text.parse().map_err(|_| LogError::BadOffset(text.chars().take(64).collect())),
    }
}

/// A response that carries events and that nothing on its way may keep or collect.
pub fn event_stream(frames: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx collects an answer unless told not to.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    let frames = stream::once(async { RETRY }).chain(frames);
    (headers, Body::from_stream(frames.map(Ok::<_, Infallible>))).into_response()
}

/// The lines before a chunk's data.
pub fn log_head(id: &str) -> Bytes {
    Bytes::from(format!("event: log\nid: {id}\n"))
}

/// The event that closes a log: `end-log` with the exit record, or `lost-log`.
pub fn end_event(attempt: &AttemptDir, id: &str, length: u64, end: &End) -> Bytes {
    let (step, number) = (attempt.step(), attempt.attempt());
    let (name, data) = match end {
        End::Ended(exit) => {
            ("end-log", json!({"step": step, "attempt": number, "to": length, "exit": **exit}))
        }
        End::Lost { child } => {
            ("lost-log", json!({"step": step, "attempt": number, "to": length, "child": child}))
        }
    };
    Bytes::from(format!("event: {name}\nid: {id}\ndata: {data}\n\n"))
}

fn frames(feed: Feed, attempt: AttemptDir) -> impl Stream<Item = Bytes> + Send {
    let events = stream::unfold((feed, attempt), |(mut feed, attempt)| async move {
        let frames = match timeout(HEARTBEAT, feed.next()).await {
            Err(_) => [PING, Bytes::new()],
            Ok(Ok(Some(FeedItem::Chunk(chunk)))) => [log_head(&chunk.to.to_string()), chunk.data],
            Ok(Ok(Some(FeedItem::End(end)))) => {
                [end_event(&attempt, &feed.at().to_string(), feed.at(), &end), Bytes::new()]
            }
            Ok(Ok(None)) => return None,
            Ok(Err(error)) => {
                // The viewer comes back by itself, from where it was.
                tracing::warn!(dir = %attempt.path().display(), %error, "a log cannot be read");
                return None;
            }
        };
        Some((frames, (feed, attempt)))
    });
    let filled = |frame: &Bytes| futures::future::ready(!frame.is_empty());
    events.flat_map(stream::iter).filter(filled)
}
