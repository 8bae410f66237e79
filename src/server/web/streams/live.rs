//! The one stream of a run's page: its events, and the log of the attempt that is under way, or else of the last one. `id` is a
//! [`Cursor`].

use super::{After, BATCH, end_frame, resume_at, run_frames, seen};
use crate::run::cursor::{Cursor, LogPlace};
use crate::run::state::{Attempt, Stage};
use crate::run::{RunId, RunState, Seq};
use crate::runbook::Id;
use crate::server::console::Console;
use crate::server::logs::sse::{HEARTBEAT, PING, end_event, event_stream, log_head};
use crate::server::logs::{AttemptDir, Feed, FeedItem, LogError};
use crate::server::watch::{Latest, Said};
use crate::server::web::address::attempt_dir;
use crate::server::web::{AppError, Web};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use futures::future::{OptionFuture, ready};
use futures::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::sleep;

/// `GET /runs/{id}/live?after=CURSOR`: named `run`, `log`, `end-log` or `lost-log`, `watch` (what goes on in the
/// target beside a step) and `reading` (what it says), both without an id: only the latest matters, `ping`, and `end` when the run has ended and all of
/// its last log was sent.
pub async fn live(
    State(web): State<Web>,
    Path(run): Path<RunId>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let state = web.console.state(&run).await?;
    let cursor: Option<Cursor> = resume_at(&headers, query.after.as_deref())?;
    let cursor = cursor.unwrap_or(Cursor { seq: 0, log: None });
    let bell = web.console.bell(&run).await?;
    let seq = seen(&state, cursor.seq)?;
    let mut looks = web.console.watches().follow(&run);
    looks.mark_changed();
    let mut readings = web.console.follow_target(&run);
    readings.mark_changed();
    let mut viewer = Viewer {
        web,
        run,
        seq,
        bell,
        looks,
        readings,
        log: None,
        wanted: shown(&state),
        passed: None,
        over: false,
    };
    match cursor.log {
        Some(place) => viewer.log = viewer.follow(&place).await?,
        None => viewer.passed = passed(&viewer.web.console, &viewer.run, seq).await?,
    }
    let frames = stream::unfold(viewer, |mut viewer| async move {
        match viewer.next().await {
            Ok(frames) => frames.map(|frames| (frames, viewer)),
            Err(error) => {
                // The viewer comes back by itself, from where it was.
                tracing::error!(run = %viewer.run, message = error.message, "a live stream broke off");
                None
            }
        }
    });
    Ok(event_stream(frames.flat_map(stream::iter).filter(|frame| ready(!frame.is_empty()))))
}

struct Viewer {
    web: Web,
    run: RunId,
    /// The last event that was sent.
    seq: Seq,
    bell: watch::Receiver<Seq>,
    looks: watch::Receiver<Latest>,
    readings: watch::Receiver<Said>,
    log: Option<Followed>,
    /// The attempt whose log belongs on the page now.
    wanted: Option<(Id, u32)>,
    /// An attempt whose end the viewer knew before it came.
    passed: Option<(Id, u32)>,
    over: bool,
}

struct Followed {
    step: Id,
    attempt: u32,
    dir: AttemptDir,
    feed: Feed,
    /// All of it was sent.
    done: bool,
}

/// What a viewer gets at once; empty frames are left out.
type Frames = [Bytes; 2];

impl Viewer {
    async fn next(&mut self) -> Result<Option<Frames>, AppError> {
        if self.over {
            return Ok(None);
        }
        loop {
            let head = *self.bell.borrow_and_update();
            if self.seq < head {
                return Ok(Some([self.pull().await?, Bytes::new()]));
            }
            self.switch().await?;
            let sending = self.log.as_mut().filter(|log| !log.done);
            if sending.is_none() && self.ended().await? {
                self.over = true;
                let state = self.console().state(&self.run).await?;
                return Ok(Some([end_frame(&state, &self.cursor(self.seq)), Bytes::new()]));
            }
            let sending = self.log.as_mut().filter(|log| !log.done);
            let output: OptionFuture<_> = sending.map(|log| log.feed.next()).into();
            tokio::select! {
                Some(item) = output => {
                    if let Some(frames) = self.log_frames(item.map_err(AppError::internal)?) {
                        return Ok(Some(frames));
                    }
                }
                Ok(()) = self.looks.changed() => {
                    let latest = self.looks.borrow_and_update().clone();
                    if let Some(watch) = latest {
                        return Ok(Some([latest_frame("watch", &*watch), Bytes::new()]));
                    }
                }
                Ok(()) = self.readings.changed() => {
                    let said = self.readings.borrow_and_update().clone();
                    if let Some(said) = said {
                        return Ok(Some([latest_frame("reading", &*said), Bytes::new()]));
                    }
                }
                rung = self.bell.changed() => if rung.is_err() { return Ok(None) },
                () = sleep(HEARTBEAT) => return Ok(Some([PING, Bytes::new()])),
            }
        }
    }

    async fn pull(&mut self) -> Result<Bytes, AppError> {
        let events = self.console().events(&self.run, self.seq, BATCH).await?;
        // Before the frames are made: their cursors tell of a log that is still to come.
        self.wanted = shown(&*self.console().state(&self.run).await?);
        let frames = run_frames(&events, |seq| self.cursor(seq));
        self.seq = events.last().map_or(self.seq, |event| event.seq);
        Ok(frames)
    }

    /// Goes over to the attempt that belongs on the page, once the one before it was sent whole.
    async fn switch(&mut self) -> Result<(), AppError> {
        if let Some(place) = self.to_come()
            && let Some(log) = self.follow(&place).await?
        {
            self.log = Some(log);
        }
        Ok(())
    }

    /// The log to go over to, if the one before it was sent whole.
    fn to_come(&self) -> Option<LogPlace> {
        let (step, attempt) = self.wanted.clone().filter(|_| self.wanted != self.passed)?;
        let stays = |log: &Followed| !log.done || (log.attempt == attempt && log.step == step);
        let goes = !self.log.as_ref().is_some_and(stays);
        goes.then_some(LogPlace { step, attempt, offset: 0 })
    }

    /// None as long as the attempt has no log; an event tells when that changes.
    async fn follow(&self, place: &LogPlace) -> Result<Option<Followed>, AppError> {
        let LogPlace { step, attempt, offset } = place.clone();
        let dir = attempt_dir(&self.web, &self.run, &step, attempt)?;
        let feed = match self.console().logs().open(&dir).await {
            Ok(log) => log.feed(offset)?,
            Err(LogError::NotBegun) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Followed { step, attempt, dir, feed, done: false }))
    }

    fn log_frames(&mut self, item: Option<FeedItem>) -> Option<Frames> {
        let ended = match item {
            Some(FeedItem::Chunk(chunk)) => return Some([log_head(&self.cursor(self.seq)), chunk.data]),
            Some(FeedItem::End(end)) => Some(end),
            None => None,
        };
        let id = self.cursor(self.seq);
        let log = self.log.as_mut()?;
        log.done = true;
        ended.map(|end| [end_event(&log.dir, &id, log.feed.at(), &end), Bytes::new()])
    }

    /// Nothing more will come: the run is over, and the log that belongs on the page was sent or never begun.
    async fn ended(&self) -> Result<bool, AppError> {
        let state = self.console().state(&self.run).await?;
        Ok(state.ended.is_some() && state.seq == self.seq)
    }

    fn cursor(&self, seq: Seq) -> String {
        let place =
            |log: &Followed| LogPlace { step: log.step.clone(), attempt: log.attempt, offset: log.feed.at() };
        let log = self.to_come().or_else(|| self.log.as_ref().map(place));
        Cursor { seq, log }.to_string()
    }

    fn console(&self) -> &Console {
        &self.web.console
    }
}

fn latest_frame(name: &str, latest: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(latest).unwrap_or_default();
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

/// The attempt that had ended last when the run stood at `seq`. A viewer that has seen that, and names no place in a log, has the log
/// already or does not want it.
async fn passed(console: &Console, run: &RunId, seq: Seq) -> Result<Option<(Id, u32)>, AppError> {
    let upto = usize::try_from(seq).unwrap_or(usize::MAX);
    let seen = console.events(run, 0, upto).await?;
    let state = RunState::fold(seen.iter().map(|event| &**event));
    let ended = |attempt: &&Attempt| matches!(attempt.stage, Stage::Ended | Stage::Lost);
    Ok(state.as_ref().and_then(last_begun).filter(ended).map(name))
}

/// The attempt under way, else the last that has begun.
fn shown(state: &RunState) -> Option<(Id, u32)> {
    last_begun(state).map(name)
}

fn last_begun(state: &RunState) -> Option<&Attempt> {
    state.attempts.iter().rev().find(|attempt| attempt.stage != Stage::Queued)
}

fn name(attempt: &Attempt) -> (Id, u32) {
    (attempt.step.clone(), attempt.number)
}
