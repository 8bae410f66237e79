//! Cancelling an attempt: from SIGINT to SIGKILL, and from pg_cancel_backend to pg_terminate_backend, with time between. Each rung
//! is an event, so that a console that starts in the middle goes on at the next.

use super::Executor;
use crate::run::command::Report;
use crate::run::event::Rung;
use crate::run::state::Stage;
use crate::run::{RunId, RunState};
use crate::runbook::Id;
use crate::server::shim;
use crate::server::target;

impl Executor {
    pub(super) async fn ladder(&self, run: &RunId, step: &Id, number: u32) {
        let Some(state) = self.state(run).await else { return };
        let climbed = state.attempts.iter().rev().find(|a| a.step == *step && a.number == number);
        // Who is held up is freed at once; a tool that goes on all the same is stopped by the rungs behind.
        let first = match climbed {
            Some(attempt) if attempt.airbag.is_some() => Rung::PgCancelBackend,
            _ => Rung::Sigint,
        };
        let last = climbed.and_then(|attempt| attempt.rungs.last()).map(|(_, rung, _)| *rung);
        let due = |rung: &Rung| *rung >= first && last.is_none_or(|last| *rung > last);
        for rung in Rung::LADDER.into_iter().filter(due) {
            if !self.runs_still(run, step, number).await {
                return;
            }
            let detail = self.take(&state, step, number, rung).await;
            self.tell(run, Report::Rung { step: step.clone(), attempt: number, rung, detail }).await;
            self.wait(run, step, number).await;
        }
    }

    async fn take(&self, state: &RunState, step: &Id, number: u32, rung: Rung) -> String {
        let signal = match rung {
            Rung::Sigint => shim::Rung::Interrupt,
            Rung::Sigterm => shim::Rung::Terminate,
            Rung::Sigkill => shim::Rung::Kill,
            Rung::PgCancelBackend | Rung::PgTerminateBackend => {
                let Some(target) = self.0.console.targets().get(&state.target.name) else {
                    return format!("the target {} is no longer configured", state.target.name);
                };
                let name = target::application_name(&state.run, step);
                return match rung {
                    Rung::PgCancelBackend => target::backends::cancel(target, &name).await,
                    _ => target::backends::terminate(target, &name).await,
                };
            }
        };
        let Some(dir) = self.dir(&state.run, step, number) else { return "no directory".to_owned() };
        match shim::reach::signal(dir.path(), signal).await {
            Ok(()) => "sent to the step's process group".to_owned(),
            Err(error) => format!("not sent: {error}"),
        }
    }

    async fn runs_still(&self, run: &RunId, step: &Id, number: u32) -> bool {
        let Some(state) = self.state(run).await else { return false };
        let under_way = [Stage::Queued, Stage::Starting, Stage::Running];
        state.attempts.iter().any(|a| a.step == *step && a.number == number && under_way.contains(&a.stage))
    }

    /// Until the attempt ends, at most the grace of a rung.
    async fn wait(&self, run: &RunId, step: &Id, number: u32) {
        let Ok(mut bell) = self.0.console.bell(run).await else { return };
        let ended = async {
            while self.runs_still(run, step, number).await {
                if bell.changed().await.is_err() {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(self.0.grace, ended).await;
    }
}
