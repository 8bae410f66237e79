//! A second factor, shown just now, before what changes a target is started, taken back or cleared out of the way. A session that was
//! left open or stolen walks no further than looking, signing and cancelling.

use crate::run::event::Pace;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, Command, Ms, Proof, RunState};
use crate::runbook::{PhaseKind, Step};
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
            let last = shown.map(|at| format!(": it was last shown at {}", clock::time_of_day(at)));
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
        self.target.asks_step_up()
            && match command {
                Command::StartStep { step, .. } | Command::ConfirmStart { step, .. } => {
                    self.runbook.step(step).is_some_and(|(phase, _)| changes(phase.kind))
                }
                Command::SetPace { pace } => *pace == Pace::Continue && self.changes_ahead(),
                Command::StopBlocker { how, .. } => *how == Force::Terminate,
                Command::Remedy { .. } | Command::RollBack { .. } | Command::BreakGlass { .. } => true,
                _ => false,
            }
    }

    /// Whether a run that goes on by itself would come to change the target.
    fn changes_ahead(&self) -> bool {
        let ahead = |step: &&Step| !self.step_status(&step.id).done();
        self.walk().into_iter().filter(ahead).any(|step| self.changes_target(step))
    }

    /// Whether a step changes the target, on the way forward or back.
    fn changes_target(&self, step: &Step) -> bool {
        self.runbook.step(&step.id).is_some_and(|(phase, _)| changes(phase.kind))
    }

    /// Whether a person starts the change here, and not the run by itself behind what changed nothing: then somebody has shown a second
    /// factor for it.
    pub fn begins_change(&self, before: &Step, next: &Step) -> bool {
        self.target.asks_step_up() && self.changes_target(next) && !self.changes_target(before)
    }
}

fn changes(kind: PhaseKind) -> bool {
    matches!(kind, PhaseKind::Migrate | PhaseKind::Rollback | PhaseKind::Remedy)
}
