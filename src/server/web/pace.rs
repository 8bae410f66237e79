//! How many commands one person gives in a while, whether by pages or by tokens: each is an event that is kept for good. What leads
//! out of trouble is never too much, and what is refused costs nothing.

use super::Web;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, Envelope, RunId, RunState};
use crate::server::auth::{Identity, Rate};
use crate::server::clock::now_ms;
use crate::server::console::{Problem, StartRun};
use std::sync::Arc;

/// More than anybody presses, and less than a script that went wrong: 120 at once, then four a second.
pub const COMMANDS: Rate = Rate { burst: 120, interval: 250 };

/// When the next one is allowed, in seconds: the interval, rounded up.
pub const RETRY_AFTER: u32 = 1;

impl Web {
    /// Carries out a command, with the code of a second factor that came with it; empty where none did.
    ///
    /// # Errors
    /// As [`crate::server::console::Console::command`], a code that does not count, or too many.
    pub async fn command(
        &self,
        run: &RunId,
        envelope: Envelope,
        code: &str,
        identity: &Identity,
    ) -> Result<Arc<RunState>, Problem> {
        let carry_out = async {
            let actor = self.proven(identity, code).await?;
            self.console.command(run, envelope.clone(), &actor).await
        };
        if envelope.command.leads_out() {
            return carry_out.await;
        }
        self.keeps_pace(&identity.actor, carry_out).await
    }

    /// # Errors
    /// As [`crate::server::console::Console::start`], or too many.
    pub async fn start(&self, ask: StartRun, actor: &Actor) -> Result<RunId, Problem> {
        self.keeps_pace(actor, self.console.start(ask, actor)).await
    }

    async fn keeps_pace<T>(
        &self,
        actor: &Actor,
        carry_out: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        if self.commands.take(&actor.name, now_ms()).is_err() {
            let why = format!("{} has given too many commands in a short time.", actor.name);
            let hint = "Wait a second and try again. Cancel, stopping a blocker and the ways back are never limited.";
            return Err(Refusal::new(Code::TooMany, why, hint).into());
        }
        let done = carry_out.await;
        if done.is_err() {
            self.commands.give_back(&actor.name);
        }
        done
    }
}
