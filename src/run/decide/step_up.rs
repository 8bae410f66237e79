//! A second factor, shown just now, before what changes a target is started, taken back or cleared out of the way. A session that was
//! left open or stolen walks no further than looking, signing and cancelling.

use crate::run::event::Pace;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, Command, Ms, Proof, RunState};
use crate::runbook::{Id, PhaseKind};
use crate::text::clock;
use crate::watch::Force;

/// For so long a session need not show it again.
const REMEMBERED: Ms = 5 * 60 * 1000;

/// Where the target and the command ask for it: it was shown in the last five minutes. A time to come, of a clock that was set back,
/// does not count.
pub fn shown(state: &RunState, actor: &Actor, command: &Command, now: Ms) -> Result<(), Refusal> {
    if !state.takes_factor(command) {
        return Ok(());
    }
    match actor.proof {
        Proof::Terminal => Ok(()),
        Proof::Token => {
            let why =
                format!("{} asks for a second factor here, which no API token can show.", state.target.name);
            let hint = "Do it on the page of the run, or at the console's own terminal.";
            Err(Refusal::new(Code::StepUp, why, hint))
        }
        Proof::Session { has_factor: false, .. } => {
            let why = format!("{} asks for a second factor here, and you have none yet.", state.target.name);
            let hint = "Set one up at /second-factor; it takes a minute. Nothing was done.";
            Err(Refusal::new(Code::StepUp, why, hint))
        }
        Proof::Session { shown: Some(at), .. } if (0..=REMEMBERED).contains(&(now - at)) => Ok(()),
        Proof::Session { shown, .. } => {
            let last = shown.map(|at| format!(": it was last shown at {}", clock::time_utc(at)));
            let why = format!("This takes the code of your second factor{}.", last.unwrap_or_default());
            Err(Refusal::new(
                Code::StepUp,
                why,
                "Type the code that your authenticator shows now. Nothing was done.",
            ))
        }
    }
}

impl RunState {
    /// Whether this takes a second factor on this target: Go, the ways back, remedies, the glass, and ending somebody's session. Cancel never
    /// does, nor does stopping one statement of a session that stands in the way.
    pub fn takes_factor(&self, command: &Command) -> bool {
        use Command as C;
        let takes = match command {
            C::StartStep { step, .. } | C::ConfirmStart { step, .. } => self.is_change(step),
            C::Remedy { .. } | C::RollBack { .. } | C::BreakGlass { .. } => true,
            C::StopBlocker { how, .. } => *how == Force::Terminate,
            // Behind the step that runs, the next ones of the change would start by themselves.
            C::SetPace { pace: Pace::Continue } => {
                self.live_attempt().is_some_and(|live| self.is_change(&live.step))
            }
            C::SetPace { pace: Pace::StepByStep }
            | C::AnswerItem { .. }
            | C::Probe { .. }
            | C::ProbeAll { .. }
            | C::AcceptItem { .. }
            | C::SignOff { .. }
            | C::RefuseSignOff { .. }
            | C::WithdrawSignOff { .. }
            | C::Delegate { .. }
            | C::EndDelegation { .. }
            | C::Cancel { .. }
            | C::AcceptVerdict { .. }
            | C::RejectVerdict { .. }
            | C::SkipStep { .. }
            | C::MarkStepDone { .. }
            | C::AskHandOver { .. }
            | C::AcceptHandOver { .. }
            | C::TakeControls { .. }
            | C::Note { .. }
            | C::EndRun { .. }
            | C::Abandon { .. } => false,
        };
        takes && self.target.asks_step_up()
    }

    /// Whether a step changes the target, on the way forward or back.
    fn is_change(&self, step: &Id) -> bool {
        let changes = |kind| matches!(kind, PhaseKind::Migrate | PhaseKind::Rollback | PhaseKind::Remedy);
        self.runbook.step(step).is_some_and(|(phase, _)| changes(phase.kind))
    }

    /// Whether the run stops between these steps for a person to begin the change, who then shows a second factor for it.
    pub fn begins_change(&self, before: &Id, next: &Id) -> bool {
        self.target.asks_step_up() && self.is_change(next) && !self.is_change(before)
    }
}
