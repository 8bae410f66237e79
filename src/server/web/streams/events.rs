//! The events of a run, `id` = seq.

use super::{After, BATCH, end_frame, resume_at, run_frames, seen};
use crate::run::{RunId, Seq};
use crate::server::console::{Console, Problem};
use crate::server::logs::sse::{HEARTBEAT, PING, event_stream};
use crate::server::web::{AppError, Web};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use futures::stream;
use tokio::sync::watch;
use tokio::time::timeout;

/// `GET /runs/{id}/events?after=SEQ`: named `run`, then `end` when the run has ended.
pub async fn events(
    State(web): State<Web>,
    Path(run): Path<RunId>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let state = web.console.state(&run).await?;
    let after: Option<Seq> = resume_at(&headers, query.after.as_deref())?;
    let seq = seen(&state, after.unwrap_or(0))?;
    let bell = web.console.bell(&run).await?;
    let viewer = Viewer { console: web.console, run, seq, bell, over: false };
    Ok(event_stream(stream::unfold(viewer, |mut viewer| async move {
        match viewer.next().await {
            Ok(frames) => frames.map(|frames| (frames, viewer)),
            Err(error) => {
                tracing::error!(run = %viewer.run, %error, "a stream of events broke off");
                None
            }
        }
    })))
}

struct Viewer {
    console: Console,
    run: RunId,
    seq: Seq,
    bell: watch::Receiver<Seq>,
    over: bool,
}

impl Viewer {
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.over {
            return Ok(None);
        }
        loop {
            self.bell.mark_unchanged();
            let events = self.console.events(&self.run, self.seq, BATCH).await?;
            if let Some(last) = events.last() {
                self.seq = last.seq;
                return Ok(Some(run_frames(&events, |seq| seq.to_string())));
            }
            let state = self.console.state(&self.run).await?;
            if state.ended.is_some() && state.seq == self.seq {
                self.over = true;
                return Ok(Some(end_frame(&state, &self.seq.to_string())));
            }
            match timeout(HEARTBEAT, self.bell.changed()).await {
                Err(_) => return Ok(Some(PING)),
                Ok(Err(_)) => return Ok(None),
                Ok(Ok(())) => {}
            }
        }
    }
}
