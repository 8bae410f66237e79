//! Stopping a session that stands in the way of a step, as a person has asked.

use super::Executor;
use crate::run::command::Report;
use crate::run::{Ms, RunId};
use crate::server::clock::now_ms;
use crate::server::target::{application_name, blocker};
use crate::watch::{Backend, Force};

/// A wish that is older was perhaps carried out by a console that has ended since. It is not carried out again. Neither is one that
/// the clock, set back, puts so far ahead: nobody knows how old it is.
const FRESH: Ms = 15_000;

impl Executor {
    pub(super) async fn stop_blocker(&self, run: &RunId, backend: Backend, how: Force) {
        let Some(state) = self.state(run).await else { return };
        let asked = state.stops.iter().rev().find(|stop| stop.backend == backend && stop.how == how);
        let Some(asked) = asked.filter(|stop| stop.came.is_none()) else { return };
        let came = match self.0.console.targets().get(&state.target.name) {
            _ if (now_ms() - asked.by.at).abs() > FRESH => {
                "nobody knows whether it was sent: the console ended meanwhile. It was not sent again"
                    .to_owned()
            }
            None => format!("not sent: the target {} is no longer configured", state.target.name),
            Some(target) => blocker::stop(target, &application_name(run, &asked.step), backend, how).await,
        };
        self.tell(run, Report::BlockerStopped { backend, how, came }).await;
    }
}
