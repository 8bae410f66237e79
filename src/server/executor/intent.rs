//! What was signed, looked at by the console itself: as soon as a phase waits for signatures, and before a step is started that nobody
//! started by hand.

use super::Executor;
use crate::run::RunId;
use crate::runbook::Id;
use std::time::Duration;

/// Between two tries.
const EVERY: Duration = Duration::from_secs(2);

impl Executor {
    /// Tries until what is to be signed is known, or is no longer asked for. Looking changes nothing.
    pub(super) async fn resolve(&self, run: &RunId, phase: &Id) {
        while self.state(run).await.and_then(|state| state.wants_intent()).as_ref() == Some(phase) {
            match self.0.console.resolve(run, phase).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(%run, %phase, %error, "trying again"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// # Errors
    /// One sentence: what was signed has moved, or cannot be looked at.
    pub(super) async fn as_signed(&self, run: &RunId, step: &Id) -> Result<(), String> {
        self.0.console.hold_to_signatures(run, step).await.map_err(|error| error.to_string())?;
        let Some(state) = self.state(run).await else { return Ok(()) };
        let walked = state.rollback.is_none() && state.walk().iter().any(|walked| walked.id == *step);
        match state.waits_for(step).filter(|_| walked) {
            Some(waits) => Err(format!("{waits}; see what moved, and have it signed again")),
            None => Ok(()),
        }
    }
}
