//! How the target of a run lives with the change: the counters now against those at the change.

use super::{Console, Problem};
use crate::aftercare::{Look, Report, Since, since};
use crate::run::RunId;
use crate::server::aftercare::base;
use crate::server::clock::now_ms;
use crate::server::target::counters::Part;

/// The slowest statements that are told.
const MOST_STATEMENTS: usize = 10;

impl Console {
    /// Looks at the run's target, or gives a look that is young enough.
    ///
    /// # Errors
    /// No such run, or one whose runbook names no part of a database. A target that does not answer is told in the report.
    pub async fn aftercare(&self, run: &RunId) -> Result<Report, Problem> {
        let state = self.state(run).await?;
        let runbook = &state.runbook;
        let Some(database) = &runbook.database else {
            let why = "The runbook of this run names no part of a database to look after.";
            return Err(Problem::NotFound(why.to_owned()));
        };
        let base = base(self.state_dir(), &state).await;
        let (look, error) = match self.targets().get(&state.target.name) {
            None => (None, Some(format!("The target {} is no longer configured.", state.target.name))),
            Some(target) => {
                let sample = self.sampler().look(target, &Part::from(database)).await;
                let base = base.counters.as_ref();
                let look = sample.counters.map(|(taken, counters)| Look {
                    taken,
                    since: Since::of(base, &counters),
                    statements: since::statements(base, &counters.statements, MOST_STATEMENTS),
                    bloat: sample.bloat,
                    trend: sample.trend,
                });
                (look, sample.error)
            }
        };
        let behind = base.step.as_ref().and_then(|step| runbook.step(step));
        Ok(Report {
            run: run.clone(),
            title: runbook.title.clone(),
            target: state.target.name.clone(),
            environment: state.target.environment.clone(),
            limits: runbook.aftercare.clone().unwrap_or_default(),
            expected: database.indexes.iter().map(|index| index.name.clone()).collect(),
            applied: base.counters.is_some() && state.rollback.is_none(),
            behind: behind.map(|(_, step)| step.title.clone()),
            lacks: base.lacks,
            look,
            error,
            now: now_ms(),
        })
    }
}
