//! The counters at the change: read when a step of the migration, of the verification or of a way back has ended, and kept in the
//! attempt's directory. The last one counts, so that what the verification itself has scanned is not in what comes after.

use crate::aftercare::{Counters, Seen};
use crate::run::state::{Attempt, Stage};
use crate::run::{Ms, RunState};
use crate::runbook::{Id, PhaseKind};
use crate::server::clock::now_ms;
use crate::server::logs::AttemptDir;
use crate::server::target::counters::{self, Part};
use crate::server::target::{Target, TargetError};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The file in the directory of an attempt.
pub const COUNTERS: &str = "counters.json";

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Counters(Counters),
    Unreadable { at: Ms, error: String },
}

/// From where a run's counters are compared.
#[derive(Debug, Default)]
pub struct Base {
    pub counters: Option<Counters>,
    /// The step behind which they were read.
    pub step: Option<Id>,
    /// Why those of a later step are not to be had.
    pub lacks: Option<String>,
}

/// Reads and keeps the counters, where the attempt belongs to the change. That they cannot be had never holds up a run: the page says so.
pub async fn keep(target: Option<&Target>, state: &RunState, attempt: &Attempt, dir: &AttemptDir) {
    let Some(database) = state.runbook.database.as_ref().filter(|_| of_the_change(state, attempt)) else {
        return;
    };
    let read = match target {
        Some(target) => counters::read(target, &Part::from(database)).await,
        None => Err(TargetError::Unfit("the target is no longer configured".to_owned())),
    };
    let kept = match read {
        Ok(counters) => Kept::Counters(without_texts(counters)),
        Err(error) => Kept::Unreadable { at: now_ms(), error: error.to_string() },
    };
    if let Err(error) = write(&dir.file(COUNTERS), &kept).await {
        tracing::warn!(run = %state.run, step = %attempt.step, %error, "the counters at the change cannot be kept");
    }
}

fn of_the_change(state: &RunState, attempt: &Attempt) -> bool {
    let kind = state.runbook.step(&attempt.step).map(|(phase, _)| phase.kind);
    matches!(kind, Some(PhaseKind::Migrate | PhaseKind::Verify | PhaseKind::Rollback))
}

/// To compare with, numbers are enough.
fn without_texts(mut counters: Counters) -> Counters {
    if let Seen::Seen(statements) = &mut counters.statements {
        statements.iter_mut().for_each(|statement| statement.text.clear());
    }
    counters
}

/// Never half a file: whoever reads it meanwhile finds the old one or none.
async fn write(path: &Path, kept: &Kept) -> std::io::Result<()> {
    let new = path.with_extension("new");
    tokio::fs::write(&new, serde_json::to_vec(kept)?).await?;
    tokio::fs::rename(&new, path).await
}

/// The counters behind the last step of the change.
pub async fn base(state_dir: &Path, state: &RunState) -> Base {
    let mut lacks = None;
    let done = |attempt: &&Attempt| matches!(attempt.stage, Stage::Ended | Stage::Lost);
    for attempt in state.attempts.iter().rev().filter(done).filter(|attempt| of_the_change(state, attempt)) {
        match read(state_dir, state, attempt).await {
            Ok(counters) => {
                return Base { counters: Some(counters), step: Some(attempt.step.clone()), lacks };
            }
            Err(why) => lacks = lacks.or(Some(format!("behind {}: {why}", attempt.step))),
        }
    }
    Base { lacks, ..Base::default() }
}

async fn read(state_dir: &Path, state: &RunState, attempt: &Attempt) -> Result<Counters, String> {
    let dir = AttemptDir::new(state_dir, state.run.as_str(), attempt.step.as_str(), attempt.number);
    let dir = dir.map_err(|error| error.to_string())?;
    let bytes = tokio::fs::read(dir.file(COUNTERS)).await;
    let bytes = bytes.map_err(|_| "this console has not kept them".to_owned())?;
    match serde_json::from_slice(&bytes).map_err(|error| error.to_string())? {
        Kept::Counters(counters) => Ok(counters),
        Kept::Unreadable { error, .. } => Err(error),
    }
}
