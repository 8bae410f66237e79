//! Before a step that changes the target: a dump, or a session that the run itself has left there, holds a snapshot for which a
//! concurrent build would wait with a half-made index. The step waits for its end first, and says for whom.

use super::Executor;
use crate::run::command::Report;
use crate::run::{RunId, RunState};
use crate::runbook::{Id, PhaseKind};
use crate::server::target::{self, Target, TargetError, sighting};
use crate::text::duration;
use crate::watch::Session;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(1);

impl Executor {
    /// Returns when nothing is in the way, or nobody can tell.
    ///
    /// # Errors
    /// Why the step is not to be started: it was cancelled meanwhile.
    pub(super) async fn hold(&self, state: &RunState, step: &Id, number: u32) -> Result<(), String> {
        let Some(target) = self.0.console.targets().get(&state.target.name).filter(|_| changes(state, step))
        else {
            return Ok(());
        };
        let mut told = Vec::new();
        loop {
            let holders = match holders(target, &state.run, step).await {
                Ok(holders) if !holders.is_empty() => holders,
                // A target that cannot be asked is the step's own matter.
                _ => return Ok(()),
            };
            let now: Vec<i32> = holders.iter().map(|holder| holder.pid).collect();
            if now != told {
                let by = sentence(&holders);
                self.tell(&state.run, Report::Held { step: step.clone(), attempt: number, by }).await;
                told = now;
            }
            if self.stopping(&state.run, step, number).await {
                return Err(
                    "it was cancelled while it waited, before it was started; nothing was run".to_owned()
                );
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn stopping(&self, run: &RunId, step: &Id, number: u32) -> bool {
        let Some(state) = self.state(run).await else { return false };
        state.attempts.iter().any(|a| a.step == *step && a.number == number && a.stopping())
    }
}

fn changes(state: &RunState, step: &Id) -> bool {
    let kinds = [PhaseKind::Migrate, PhaseKind::Rollback, PhaseKind::Remedy];
    state.runbook.step(step).is_some_and(|(phase, step)| step.leaves.is_some() || kinds.contains(&phase.kind))
}

async fn holders(target: &Target, run: &RunId, step: &Id) -> Result<Vec<Session>, TargetError> {
    let mut session = target.session().await?;
    let (name, of_run) = (target::application_name(run, step), format!("kneeboard {}/", run.short()));
    let holders = sighting::dumps(&mut session, &name, &of_run).await?;
    session.done();
    Ok(holders)
}

fn sentence(holders: &[Session]) -> String {
    let one = |holder: &Session| {
        let age = holder.transaction_ms.map(|ms| format!(", in its transaction for {}", duration::clock(ms)));
        holder.who() + &age.unwrap_or_default()
    };
    holders.iter().map(one).collect::<Vec<_>>().join("; ")
}
