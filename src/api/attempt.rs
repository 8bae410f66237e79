//! An attempt's directory read for a page.

use super::caller::problem;
use super::step::{Found, Hit, LogPart, StepPage};
use super::trouble::Trouble;
use crate::run::RunId;
use crate::run::choice::Look;
use crate::run::state::Attempt;
use crate::server::console::{Console, Problem};
use crate::server::logs::hub::AttemptLog;
use crate::server::logs::lines::Needle;
use crate::server::logs::pages::MOST_BYTES;
use crate::server::logs::{AttemptDir, LogError};
use crate::text::lines::{Chunk, SHOWN_BYTES};
use std::io;
use std::sync::Arc;

/// How many lines a page of output has.
const LINES: usize = 200;

/// Most bytes that one search looks through.
const MOST_SEARCHED: u64 = 64 * 1024 * 1024;

/// A part of an attempt's output, and its result where it has one.
///
/// # Errors
/// Its files cannot be read.
pub async fn of_attempt(
    console: &Console,
    run: &RunId,
    attempt: &Attempt,
    look: &Look,
) -> Result<StepPage, Trouble> {
    let (step, number) = (attempt.step.clone(), attempt.number);
    let unreadable = |error: &dyn std::fmt::Display| problem(Problem::Internal(error.to_string()));
    let dir = AttemptDir::new(console.state_dir(), run.as_str(), step.as_str(), number);
    let dir = dir.map_err(|error| unreadable(&error))?;
    let log = match console.logs().open(&dir).await {
        Ok(log) => Some(read_log(log, look.clone()).await.map_err(|error| unreadable(&error))?),
        Err(LogError::NotBegun) => None,
        Err(error) => return Err(unreadable(&error)),
    };
    let result = match tokio::fs::read(dir.file("result.json")).await {
        Ok(json) => serde_json::from_slice(&json).ok(),
        Err(_) => None,
    };
    Ok(StepPage { step, attempt: number, log, result })
}

async fn read_log(log: Arc<AttemptLog>, look: Look) -> io::Result<LogPart> {
    let length = log.status().committed;
    let read = move || match look.find.as_deref().map(str::trim).filter(|find| !find.is_empty()) {
        None => {
            let (chunk, long) = lines_before(&log, look.before.unwrap_or(length).min(length))?;
            Ok(LogPart { chunk, length, long, found: None })
        }
        Some(find) => {
            let from = look.from.unwrap_or(0).min(length);
            let found = log.reader().search(&Needle::new(find, true), from, length, LINES, MOST_SEARCHED)?;
            let hits = found.hits.into_iter().map(|hit| Hit { from: hit.from, to: hit.to, text: hit.text });
            let found = Found { hits: hits.collect(), next: found.next };
            let chunk = Chunk { from: length, to: length, records: Vec::new() };
            Ok(LogPart { chunk, length, long: None, found: Some(found) })
        }
    };
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

/// A page of lines; or, where the last one is longer than a page, its beginning and how long it is.
fn lines_before(log: &AttemptLog, before: u64) -> io::Result<(Chunk, Option<u64>)> {
    let reader = log.reader();
    let from = reader.back(before, LINES, MOST_BYTES)?;
    let start = reader.line_start(from)?;
    let long = (start < from).then_some(before - start);
    let most = if long.is_some() { SHOWN_BYTES } else { MOST_BYTES as usize };
    let page = reader.page(start, before, most)?;
    let mut chunk: Chunk = serde_json::from_slice(&log.encoder().json(&page))?;
    chunk.to = before;
    Ok((chunk, long))
}
