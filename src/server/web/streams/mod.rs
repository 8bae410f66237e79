//! What goes on, as Server-Sent Events. Streams pull from the run and from the log, each at its viewer's pace; bells only say that
//! there is something. The page has the tail already and says where it goes on, so nothing is missed and nothing comes twice.

mod events;
mod guard;
mod live;
mod log;

pub use events::events;
pub use guard::guard;
pub use live::live;
pub use log::log;

use super::AppError;
use crate::run::event::Event;
use crate::run::{RunState, Seq};
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;
use std::fmt::Write;
use std::str::FromStr;
use std::sync::Arc;

/// How many events are pulled at once.
const BATCH: usize = 256;

/// Where a viewer goes on when it says so in the address.
#[derive(Debug, Deserialize)]
pub struct After {
    after: Option<String>,
}

/// The header of a browser that comes back wins over the address, which stays what it was when the page was made.
fn resume_at<T: FromStr<Err: std::fmt::Display>>(
    headers: &HeaderMap,
    after: Option<&str>,
) -> Result<Option<T>, AppError> {
    let last_seen = headers.get("last-event-id").map(|id| id.to_str().unwrap_or("unreadable"));
    let parse = |text: &str| {
        text.parse().map_err(|error: T::Err| {
            let message = format!("The stream cannot go on from there: {error}.");
            AppError::new(StatusCode::BAD_REQUEST, "invalid", message, "Reload the page.")
        })
    };
    last_seen.or(after).filter(|text| !text.is_empty()).map(parse).transpose()
}

/// # Errors
/// The viewer has seen more than there is.
fn seen(state: &RunState, after: Seq) -> Result<Seq, AppError> {
    if after <= state.seq {
        return Ok(after);
    }
    let message = format!("The run has {} events, but the stream was to go on from {after}.", state.seq);
    Err(AppError::new(StatusCode::RANGE_NOT_SATISFIABLE, "invalid", message, "Reload the page."))
}

/// Events as frames, each with the cursor that `id` gives for its seq.
fn run_frames(events: &[Arc<Event>], id: impl Fn(Seq) -> String) -> Bytes {
    let mut frames = String::new();
    for event in events {
        // JSON has no line break of its own, and an event that came from the store can be written again.
        let data = serde_json::to_string(&**event).unwrap_or_default();
        let _ = write!(frames, "event: run\nid: {}\ndata: {data}\n\n", id(event.seq));
    }
    Bytes::from(frames)
}

/// The last word on a run that has ended: a viewer needs not come back.
fn end_frame(state: &RunState, id: &str) -> Bytes {
    let ending = state.ended.as_ref().map(|ended| ended.ending);
    Bytes::from(format!("event: end\nid: {id}\ndata: {}\n\n", json!({ "seq": state.seq, "ending": ending })))
}
