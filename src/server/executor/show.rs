//! After an attempt: what it has shown, and what the database says now.

use super::Executor;
use crate::run::RunId;
use crate::run::command::Report;
use crate::run::reading::{Finding, StepFindings, Verdict};
use crate::runbook::Id;
use crate::server::aftercare;
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
        let shown = shown(&dir).await;
        let target = self.0.console.targets().get(&state.target.name);
        if let (Some(target), Some(_)) = (target, &state.runbook.database) {
            // That it cannot be reached is told by the reading behind this.
            target::counters::settled(target, &target::application_name(run, step)).await.ok();
        }
        let counters = aftercare::keep(target, &state, attempt, &dir);
        // Whatever the step was: a reading also holds how often each index was read until then, the step's own scans included.
        let (database, ()) = tokio::join!(self.0.console.read_target(&state), counters);
        // A run that goes on by itself starts what follows from this.
        if let Err(error) = self.0.console.look_at_window(run).await {
            tracing::error!(%run, %error, "what the target's calendar says could not be written down");
        }
        self.tell(run, Report::Shown { step: step.clone(), attempt: number, shown, database }).await;
    }
}

/// What the worker has left, or a command; nothing where the worker failed, which its exit code says.
async fn shown(dir: &AttemptDir) -> StepFindings {
    let Ok(bytes) = tokio::fs::read(dir.file(RESULT)).await else { return StepFindings::default() };
    let result_sha256 = Some(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect());
    match serde_json::from_slice::<StepResult>(&bytes) {
        Ok(result) => {
            let figures = result.figures();
            StepFindings { findings: result.findings, figures, result_sha256 }
        }
        Err(error) => {
            let reason = format!("the step's result cannot be read: {error}");
            let finding = Finding { subject: "result".to_owned(), verdict: Verdict::Inconclusive, reason };
            StepFindings { findings: vec![finding], figures: Vec::new(), result_sha256 }
        }
    }
}
