//! Turns what the events ask for into processes and probes, and reports what became of them. It holds no state of its own: after
//! a restart it looks at the live runs and goes on where their events stand.

mod attempt;
mod blocker;
pub mod by_hand;
mod hold;
mod intent;
mod ladder;
mod probe;
mod rehearsal;
mod reread;
mod show;
mod spec;
mod watch;

use crate::run::command::Report;
use crate::run::state::Stage;
use crate::run::{RunId, RunState};
use crate::runbook::Id;
use crate::server::console::{Console, Problem};
use crate::server::logs::AttemptDir;
use crate::server::shim::launch::Launcher;
use crate::watch::{Backend, Force};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;

/// How long each rung of a cancel waits for the next.
pub const GRACE: Duration = Duration::from_secs(5);

/// Between two tries to write a report into a state that cannot be written.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub struct Executor(Arc<Inner>);

struct Inner {
    console: Console,
    launcher: Launcher,
    grace: Duration,
    under_way: Mutex<HashSet<Work>>,
}

/// Something that the events of a run ask for. Each is under way once at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Work {
    /// Start an attempt, or pick it up, and see it to its end.
    Attempt(RunId, Id, u32),
    /// Climb the ladder of a cancel.
    Ladder(RunId, Id, u32),
    /// Show what an ended attempt has done.
    Show(RunId, Id, u32),
    /// Ask a probe.
    Probe(RunId, Id),
    /// Look at what a signature stands for.
    Resolve(RunId, Id),
    /// Read the target until it has said how it stands.
    Reread(RunId),
    /// Stop a session that stands in a step's way.
    Stop(RunId, Backend, Force),
}

impl Executor {
    pub fn new(console: Console, launcher: Launcher, grace: Duration) -> Self {
        Self(Arc::new(Inner { console, launcher, grace, under_way: Mutex::default() }))
    }

    /// Runs as long as the console does.
    pub async fn run(self, mut changes: UnboundedReceiver<RunId>) {
        loop {
            match self.0.console.live_runs().await {
                Ok(runs) => {
                    for run in runs {
                        self.look(&run).await;
                    }
                    break;
                }
                Err(error) => tracing::error!(%error, "the live runs cannot be read; trying again"),
            }
            tokio::time::sleep(PATIENCE).await;
        }
        while let Some(run) = changes.recv().await {
            self.look(&run).await;
        }
    }

    async fn look(&self, run: &RunId) {
        match self.0.console.state(run).await {
            Ok(state) => due(&state).into_iter().for_each(|work| self.begin(work)),
            Err(error) => tracing::error!(%run, %error, "a run cannot be read"),
        }
    }

    fn begin(&self, work: Work) {
        if !self.under_way().insert(work.clone()) {
            return;
        }
        let executor = self.clone();
        tokio::spawn(async move {
            let run = match &work {
                Work::Attempt(run, step, number) => {
                    executor.attempt(run, step, *number).await;
                    run
                }
                Work::Ladder(run, step, number) => {
                    executor.ladder(run, step, *number).await;
                    run
                }
                Work::Show(run, step, number) => {
                    executor.show(run, step, *number).await;
                    run
                }
                Work::Stop(run, backend, how) => {
                    executor.stop_blocker(run, *backend, *how).await;
                    run
                }
                Work::Probe(run, item) => {
                    executor.probe(run, item).await;
                    run
                }
                Work::Resolve(run, phase) => {
                    executor.resolve(run, phase).await;
                    run
                }
                Work::Reread(run) => {
                    executor.reread(run).await;
                    run
                }
            };
            executor.under_way().remove(&work);
            // What was asked for again meanwhile was held back by this one.
            executor.look_again(run.clone());
        });
    }

    fn look_again(&self, run: RunId) {
        let executor = self.clone();
        tokio::spawn(async move { Box::pin(executor.look(&run)).await });
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<Work>> {
        self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports until the state takes it: what happened cannot be unsaid. Whether it left an event.
    async fn tell(&self, run: &RunId, report: Report) -> bool {
        let mut silent = false;
        loop {
            match self.0.console.report(run, report.clone()).await {
                Ok(told) => return told,
                Err(Problem::Internal(error)) => {
                    if !std::mem::replace(&mut silent, true) {
                        tracing::error!(%run, %error, "a report cannot be written; trying until it can");
                    }
                    tokio::time::sleep(PATIENCE).await;
                }
                Err(error) => {
                    tracing::error!(%run, %error, "a report was not taken");
                    return false;
                }
            }
        }
    }

    async fn state(&self, run: &RunId) -> Option<Arc<RunState>> {
        self.0
            .console
            .state(run)
            .await
            .inspect_err(|error| tracing::error!(%run, %error, "a run cannot be read"))
            .ok()
    }

    fn dir(&self, run: &RunId, step: &Id, number: u32) -> Option<AttemptDir> {
        AttemptDir::new(self.0.console.state_dir(), run.as_str(), step.as_str(), number)
            .inspect_err(|error| tracing::error!(%run, %step, %error, "an attempt has no directory"))
            .ok()
    }
}

/// What a state asks for.
fn due(state: &RunState) -> Vec<Work> {
    let mut works = Vec::new();
    let run = &state.run;
    for attempt in state.attempts.iter().filter(|attempt| attempt.live()) {
        let (step, number) = (attempt.step.clone(), attempt.number);
        match attempt.stage {
            Stage::Queued | Stage::Starting | Stage::Running => {
                if attempt.stopping() {
                    works.push(Work::Ladder(run.clone(), step.clone(), number));
                }
                works.push(Work::Attempt(run.clone(), step, number));
            }
            Stage::Ended | Stage::Lost => works.push(Work::Show(run.clone(), step, number)),
        }
    }
    let stops = state.stops.iter().filter(|stop| stop.came.is_none() && state.ended.is_none());
    works.extend(stops.map(|stop| Work::Stop(run.clone(), stop.backend, stop.how)));
    let asked = state.items.iter().filter(|(_, item)| item.asked && state.ended.is_none());
    works.extend(asked.map(|(item, _)| Work::Probe(run.clone(), item.clone())));
    works.extend(state.wants_intent().map(|phase| Work::Resolve(run.clone(), phase)));
    works.extend(state.wants_reading().then(|| Work::Reread(run.clone())));
    works
}
