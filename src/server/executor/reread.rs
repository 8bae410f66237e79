//! Reading a target again where its last reading cannot be the last word: it did not answer, or an index was being built while no step
//! of the run was at work. Asking changes nothing, so this alone the console repeats by itself.

use super::Executor;
use crate::run::command::Report;
use crate::run::{Reading, RunId};
use std::time::Duration;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

impl Executor {
    /// Looks until the database has said how it stands, or a step of the run is at work, behind whose end it is read anyway.
    pub(super) async fn reread(&self, run: &RunId) {
        while let Some(state) = self.state(run).await.filter(|state| state.wants_reading()) {
            match (self.0.console.read_target(&state).await, &state.database) {
                // Nothing new is no event.
                (None | Some(Reading::Unreachable { .. }), _) => {}
                (Some(Reading::Says(now)), Some(Reading::Says(then))) if now.agrees(then) => {}
                (Some(reading), _) => _ = self.tell(run, Report::DatabaseRead { reading }).await,
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}
