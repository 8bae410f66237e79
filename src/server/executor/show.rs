//! After an attempt: what it has shown, and what the database says now.

use super::Executor;
use crate::run::command::Report;
use crate::run::reading::{Finding, Reading, StepFindings, Verdict};
use crate::run::state::{Attempt, Stage};
use crate::run::{RunId, RunState};
use crate::runbook::{Action, Id};
use crate::server::aftercare;
use crate::server::clock::now_ms;
use crate::server::logs::AttemptDir;
use crate::server::target;
use crate::server::worker::{RESULT, StepResult};
use sha2::{Digest, Sha256};

impl Executor {
    pub(super) async fn show(&self, run: &RunId, step: &Id, number: u32) {
        let (Some(state), Some(dir)) = (self.state(run).await, self.dir(run, step, number)) else { return };
        let Some(attempt) = state.attempts.iter().rev().find(|a| a.step == *step && a.number == number)
        else {
            return;
        };
        let shown = if by_worker(&state, step) { shown(&dir).await } else { StepFindings::default() };
        let target = self.0.console.targets().get(&state.target.name);
        let counters = aftercare::keep(target, &state, attempt, &dir);
        let (database, ()) = tokio::join!(self.database(&state, attempt), counters);
        self.tell(run, Report::Shown { step: step.clone(), attempt: number, shown, database }).await;
    }

    /// The target is read after every step that may have changed it, and after every one that did not end by itself.
    async fn database(&self, state: &RunState, attempt: &Attempt) -> Option<Reading> {
        let database = state.runbook.database.as_ref()?;
        let (_, step) = state.runbook.step(&attempt.step)?;
        let may_change = matches!(step.run, Action::Command(_) | Action::Sql(_));
        if !may_change && attempt.stage != Stage::Lost && step.leaves.is_none() {
            return None;
        }
        Some(match self.0.console.targets().get(&state.target.name) {
            Some(target) => target::read(target, database).await,
            None => {
                Reading::Unreachable { at: now_ms(), error: "the target is no longer configured".to_owned() }
            }
        })
    }
}

fn by_worker(state: &RunState, step: &Id) -> bool {
    state.runbook.step(step).is_some_and(|(_, step)| !matches!(step.run, Action::Command(_)))
}

/// The worker's result; none of it where the worker failed, which its exit code says.
async fn shown(dir: &AttemptDir) -> StepFindings {
    let Ok(bytes) = tokio::fs::read(dir.file(RESULT)).await else { return StepFindings::default() };
    let result_sha256 = Some(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect());
    match serde_json::from_slice::<StepResult>(&bytes) {
        Ok(result) => StepFindings { findings: result.findings, result_sha256 },
        Err(error) => {
            let reason = format!("the step's result cannot be read: {error}");
            let finding = Finding { subject: "result".to_owned(), verdict: Verdict::Inconclusive, reason };
            StepFindings { findings: vec![finding], result_sha256 }
        }
    }
}
