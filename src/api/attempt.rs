//! An attempt's directory read for a page.

use super::caller::problem;
use super::step::{Hit, LogPart, StepPage};
use super::trouble::Trouble;
use crate::run::RunId;
use crate::run::state::Attempt;
use crate::server::console::{Console, Problem};
use crate::server::logs::hub::AttemptLog;
use crate::server::logs::lines::Needle;
use crate::server::logs::{AttemptDir, LogError, pages};
use crate::text::lines::Chunk;
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
    before: Option<u64>,
    find: Option<String>,
) -> Result<StepPage, Trouble> {
    let (step, number) = (attempt.step.clone(), attempt.number);
    let unreadable = |error: &dyn std::fmt::Display| problem(Problem::Internal(error.to_string()));
    let dir = AttemptDir::new(console.state_dir(), run.as_str(), step.as_str(), number);
    let dir = dir.map_err(|error| unreadable(&error))?;
    let log = match console.logs().open(&dir).await {
        Ok(log) => Some(read_log(log, before, find).await.map_err(|error| unreadable(&error))?),
        Err(LogError::NotBegun) => None,
        Err(error) => return Err(unreadable(&error)),
    };
    let result = match tokio::fs::read(dir.file("result.json")).await {
        Ok(json) => serde_json::from_slice(&json).ok(),
        Err(_) => None,
    };
    Ok(StepPage { step, attempt: number, log, result })
}

/// The lines before an offset, or those that hold a text.
async fn read_log(log: Arc<AttemptLog>, before: Option<u64>, find: Option<String>) -> io::Result<LogPart> {
    let length = log.status().committed;
    let before = before.unwrap_or(length).min(length);
    let read = move || match find.as_deref().map(str::trim).filter(|find| !find.is_empty()) {
        None => {
            let json = pages::tail(&log, before, LINES)?;
            let chunk: Chunk = serde_json::from_slice(&json)?;
            Ok(LogPart { chunk, length, found: None })
        }
        Some(find) => {
            let hits = log.reader().search(&Needle::new(find, true), 0, length, LINES, MOST_SEARCHED)?;
            let found = hits.hits.into_iter().map(|hit| Hit { from: hit.from, to: hit.to, text: hit.text });
            let chunk = Chunk { from: length, to: length, records: Vec::new() };
            Ok(LogPart { chunk, length, found: Some(found.collect()) })
        }
    };
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}
