//! Asking the target of a run how it is now: before what hangs on it is decided, and while somebody looks.

use super::{Console, Problem};
use crate::run::command::Report;
use crate::run::{Reading, RunId, RunState};
use crate::server::clock::now_ms;
use crate::server::target;
use crate::server::watch::Said;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// A page does not wait longer for a target: what was said last is then told with its age.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// A decision does not either.
const PATIENCE_OF_A_COMMAND: Duration = Duration::from_secs(5);

impl Console {
    /// What the target says now of what the run changes. None where the runbook names nothing.
    pub async fn read_target(&self, state: &RunState) -> Option<Reading> {
        let database = state.runbook.database.as_ref()?;
        Some(match self.targets().get(&state.target.name) {
            Some(target) => target::read(target, database).await,
            None => {
                Reading::Unreachable { at: now_ms(), error: "the target is no longer configured".to_owned() }
            }
        })
    }

    /// The same for a page that is being made: the latest answer where somebody asks already, else a new one if it comes soon.
    pub async fn glance(&self, state: &RunState) -> Option<Reading> {
        if state.ended.is_some() {
            return None;
        }
        if let Some(said) = self.readings().latest(&state.run) {
            return Some(Reading::clone(&said));
        }
        let silent = || {
            let error = format!("it did not answer within {} ms", PATIENCE.as_millis());
            state.runbook.database.as_ref().map(|_| Reading::Unreachable { at: now_ms(), error })
        };
        timeout(PATIENCE, self.read_target(state)).await.unwrap_or_else(|_| silent())
    }

    /// Reads the target and writes down what moved since the run last knew it.
    ///
    /// # Errors
    /// As [`Console::report`]. That the target is silent is none.
    pub(super) async fn look_first(&self, run: &RunId) -> Result<(), Problem> {
        let state = self.state(run).await?;
        if state.ended.is_some() {
            return Ok(());
        }
        let silent = || {
            let error = format!("it did not answer within {} s", PATIENCE_OF_A_COMMAND.as_secs());
            Some(Reading::Unreachable { at: now_ms(), error })
        };
        let read = timeout(PATIENCE_OF_A_COMMAND, self.read_target(&state)).await;
        if let Some(reading) = read.unwrap_or_else(|_| silent()) {
            self.report(run, Report::DatabaseRead { reading }).await?;
        }
        Ok(())
    }

    /// Rings with what the target says, as long as somebody listens. What others changed in it meanwhile becomes an event of the run.
    pub fn follow_target(&self, run: &RunId) -> watch::Receiver<Said> {
        let (said, first) = self.readings().follow(run);
        if first {
            let (console, run) = (self.clone(), run.clone());
            tokio::spawn(async move {
                let ask = || async { console.read_and_note(&run).await };
                console.readings().ask(&run, ask).await;
            });
        }
        said
    }

    async fn read_and_note(&self, run: &RunId) -> Reading {
        let unknown = |error: String| Reading::Unreachable { at: now_ms(), error };
        let state = match self.state(run).await {
            Ok(state) => state,
            Err(error) => return unknown(error.to_string()),
        };
        if let Err(error) = self.look_at_window(run).await {
            tracing::error!(%run, %error, "what the target's calendar says could not be written down");
        }
        let Some(reading) = self.read_target(&state).await else {
            return unknown("the runbook names nothing to ask for".to_owned());
        };
        let moved = match (&reading, &state.said) {
            (Reading::Says(now), Some(then)) => !now.agrees(then),
            _ => false,
        };
        // What a step that runs does there is told behind its end.
        if moved && state.ended.is_none() && state.live_attempt().is_none() {
            let reading = reading.clone();
            if let Err(error) = self.report(run, Report::DatabaseRead { reading }).await {
                tracing::error!(%run, %error, "what the target says could not be written down");
            }
        }
        reading
    }
}
