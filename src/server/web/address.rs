//! Parts of addresses.

use super::{AppError, Web};
use crate::run::RunId;
use crate::runbook::Id;
use crate::server::logs::AttemptDir;
use serde::Deserialize;

/// `/runs/{id}/steps/{step}/attempts/{n}`
#[derive(Debug, Deserialize)]
pub struct AttemptPath {
    pub id: RunId,
    pub step: Id,
    pub n: u32,
}

impl AttemptPath {
    /// The directory of an attempt that the run has.
    ///
    /// # Errors
    /// No such run or attempt.
    pub async fn dir(&self, web: &Web) -> Result<AttemptDir, AppError> {
        let state = web.console.state(&self.id).await?;
        if !state.attempts.iter().any(|attempt| attempt.step == self.step && attempt.number == self.n) {
            return Err(AppError::not_found(format!(
                "This run has no attempt {} of `{}`.",
                self.n, self.step
            )));
        }
        attempt_dir(web, &self.id, &self.step, self.n)
    }
}

pub fn attempt_dir(web: &Web, run: &RunId, step: &Id, number: u32) -> Result<AttemptDir, AppError> {
    Ok(AttemptDir::new(web.console.state_dir(), run.as_str(), step.as_str(), number)?)
}
