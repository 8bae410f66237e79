//! One attempt from queued to ended: started by a shim, or picked up from one.

use super::Executor;
use super::spec;
use crate::run::command::Report;
use crate::run::reading::Outcome;
use crate::run::state::Stage;
use crate::run::{RunId, RunState};
use crate::runbook::Id;
use crate::server::evidence::digest;
use crate::server::logs::{AttemptDir, hub::End};
use crate::server::shim::adopt::{Found, adopt};
use crate::server::shim::launch::LaunchError;
use crate::server::shim::{self, ExitRecord};
use std::sync::Arc;

impl Executor {
    pub(super) async fn attempt(&self, run: &RunId, step: &Id, number: u32) {
        let (Some(state), Some(dir)) = (self.state(run).await, self.dir(run, step, number)) else { return };
        let stage =
            state.attempts.iter().rev().find(|a| a.step == *step && a.number == number).map(|a| a.stage);
        let report = match stage {
            Some(Stage::Queued) => {
                if state.runbook.backup.as_ref().is_some_and(|backup| backup.taken_by == *step) {
                    self.count_first(run, &state).await;
                }
                // Who gets this event in has the attempt: another console on the same state leaves it alone.
                if !self.tell(run, Report::Starting { step: step.clone(), attempt: number }).await {
                    return;
                }
                if let Err(error) = self.as_signed(run, step).await {
                    self.tell(run, ended_unstarted(step, number, error)).await;
                    return;
                }
                if let Err(error) = self.hold(&state, step, number).await {
                    self.tell(run, ended_unstarted(step, number, error)).await;
                    return;
                }
                match self.start(&state, step, number, &dir).await {
                    Ok(()) => self.follow(run, step, number, &dir).await,
                    Err(report) => report,
                }
            }
            Some(Stage::Starting | Stage::Running) => self.pick_up(run, step, number, &dir).await,
            _ => return,
        };
        self.tell(run, sealed(report, &dir).await).await;
    }

    /// Before the backup is taken: what is written from here on would be lost by restoring it.
    async fn count_first(&self, run: &RunId, state: &RunState) {
        if let Some(reading) = self.0.console.read_target(state).await {
            self.tell(run, Report::DatabaseRead { reading }).await;
        }
    }

    async fn start(&self, state: &RunState, step: &Id, number: u32, dir: &AttemptDir) -> Result<(), Report> {
        let not_started = |error: String| ended_unstarted(step, number, error);
        self.0.console.files_as_signed(state, step).await.map_err(not_started)?;
        let prepared = spec::prepare(&self.0.console, state, step, dir).await.map_err(not_started)?;
        match self.0.launcher.launch(dir.path(), &prepared.shim, &prepared.papers).await {
            Ok(()) => Ok(()),
            Err(LaunchError::NoAnswer(error)) => {
                tracing::warn!(run = %state.run, %step, error, "a shim did not answer; looking at its directory");
                Ok(())
            }
            Err(error) => Err(ended_unstarted(step, number, error.to_string())),
        }
    }

    async fn pick_up(&self, run: &RunId, step: &Id, number: u32, dir: &AttemptDir) -> Report {
        let path = dir.path().to_owned();
        let found = tokio::task::spawn_blocking(move || adopt(&path)).await;
        match found {
            Ok(Ok(Found::NotStarted)) => {
                let error = "the console ended before it could start it; nothing was run".to_owned();
                ended_unstarted(step, number, error)
            }
            Ok(Ok(Found::Running | Found::Ended(_))) => self.follow(run, step, number, dir).await,
            Ok(Ok(Found::Lost { child })) => lost(step, number, child),
            Ok(Err(error)) => lost_because(step, number, format!("its directory cannot be read: {error}")),
            Err(error) => lost_because(step, number, error.to_string()),
        }
    }

    async fn follow(&self, run: &RunId, step: &Id, number: u32, dir: &AttemptDir) -> Report {
        let log = match self.0.console.logs().open(dir).await {
            Ok(log) => log,
            Err(error) => return lost_because(step, number, format!("its log cannot be read: {error}")),
        };
        self.tell(run, Report::Running { step: step.clone(), attempt: number }).await;
        let end = tokio::select! {
            end = log.ended() => end,
            never = self.watch(run, step, number) => match never {},
        };
        match end {
            End::Ended(record) => ended(step, number, &record),
            End::Lost { child } => lost(step, number, child),
        }
    }
}

/// An end with the checksums of what the attempt has left, which nothing writes to any more.
async fn sealed(mut report: Report, dir: &AttemptDir) -> Report {
    if let Report::Ended { step, attempt, files, .. } = &mut report {
        let path = dir.path().to_owned();
        let sums = tokio::task::spawn_blocking(move || digest::folder(&path)).await;
        match sums.map_err(std::io::Error::other).flatten() {
            Ok(sums) => *files = Some(sums),
            Err(error) => tracing::error!(%step, attempt, %error, "what an attempt left has no checksums"),
        }
    }
    report
}

fn ended(step: &Id, attempt: u32, record: &Arc<ExitRecord>) -> Report {
    let duration_ms = (record.ended_ms - record.started_ms).max(0);
    let outcome = match &record.outcome {
        shim::Outcome::Exited { code } => Outcome::Exited { code: *code },
        shim::Outcome::Signalled { signal } => Outcome::Signalled { signal: signal.clone() },
        shim::Outcome::TimedOut { .. } => Outcome::TimedOut { after_ms: duration_ms },
        shim::Outcome::NotStarted { error } => Outcome::NotStarted { error: error.clone() },
    };
    let (log_bytes, lost_bytes) = (record.log_bytes, record.lost_bytes);
    Report::Ended { step: step.clone(), attempt, outcome, duration_ms, log_bytes, lost_bytes, files: None }
}

fn ended_unstarted(step: &Id, attempt: u32, error: String) -> Report {
    let outcome = Outcome::NotStarted { error };
    let (duration_ms, log_bytes, lost_bytes) = (0, 0, 0);
    Report::Ended { step: step.clone(), attempt, outcome, duration_ms, log_bytes, lost_bytes, files: None }
}

fn lost(step: &Id, attempt: u32, child: Option<i32>) -> Report {
    let child = child
        .map(|pid| format!("; its process had the id {pid}, and may still be running"))
        .unwrap_or_default();
    lost_because(step, attempt, format!("its shim is gone and left no exit record{child}"))
}

fn lost_because(step: &Id, attempt: u32, reason: String) -> Report {
    Report::Lost { step: step.clone(), attempt, reason }
}
