//! Watching the target while an attempt runs, and the airbag: when too many have waited behind the step for too long, it is stopped.

use super::Executor;
use crate::run::RunId;
use crate::run::command::Report;
use crate::runbook::Id;
use crate::server::console::Console;
use crate::server::watch::{EVERY, Sampler};
use crate::watch::airbag::Gauge;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Instant;
use tokio::time::{MissedTickBehavior, interval};

/// Dropped with the watching: then nothing is known any more.
struct Telling<'a>(&'a Console, &'a RunId);

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.0.watches().tell(self.1, None);
    }
}

impl Executor {
    /// Looks once a second until it is dropped, which is when the attempt has ended.
    pub(super) async fn watch(&self, run: &RunId, step: &Id, number: u32) -> Infallible {
        let Some(state) = self.state(run).await else { return pending().await };
        let console = &self.0.console;
        let telling = Telling(console, run);
        let target = console.targets().get(&state.target.name).cloned();
        let mut sampler = Sampler::new(target, run, step, number);
        let limit = state.runbook.airbag.clone().unwrap_or_default();
        let (mut gauge, begun, mut opened) = (Gauge::default(), Instant::now(), false);
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let watch = sampler.look().await.clone();
            let fresh = watch.sighting.as_ref().filter(|_| watch.error.is_none() && !opened);
            if let Some(trip) = fresh.and_then(|sighting| gauge.look(&limit, sighting, begun.elapsed())) {
                opened = true;
                let held_ms = i64::try_from(trip.held.as_millis()).unwrap_or(i64::MAX);
                let report =
                    Report::Airbag { step: step.clone(), attempt: number, waiting: trip.waiting, held_ms };
                let (executor, run) = (self.clone(), run.clone());
                // By itself: what is being written must not be dropped when the attempt ends meanwhile.
                tokio::spawn(async move { executor.tell(&run, report).await });
            }
            telling.0.watches().tell(run, Some(Arc::new(watch)));
        }
    }
}
