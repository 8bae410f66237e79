//! Looking at what is signed: when it is asked for, when it is signed, and when something behind the signatures is started.

use super::{Console, Problem};
use crate::run::command::Report;
use crate::run::intent::{Intent, Part};
use crate::run::refusal::Code;
use crate::run::{Actor, Command, Refusal, RunId, RunState};
use crate::runbook::Id;
use crate::server::clock::now_ms;
use crate::server::intent;

impl Console {
    /// Resolves what a signature under a phase stands for and writes it down where it is new. Signatures under something else fall.
    ///
    /// # Errors
    /// It cannot be resolved now, and why; or as [`Console::report`].
    pub async fn resolve(&self, run: &RunId, phase: &Id) -> Result<(), Problem> {
        let state = self.state(run).await?;
        let Some(of) = state.runbook.phase(phase) else { return Ok(()) };
        let intent = intent::resolve(self, &state, of).await.map_err(|why| {
            let why = format!("What is signed with \"{}\" cannot be looked at: {why}.", of.title);
            Refusal::new(Code::NotNow, why, "Nothing was done, and no signature fell. Try again.")
        })?;
        self.report(run, Report::Resolved { phase: phase.clone(), intent }).await.map(|_| ())
    }

    /// What the target's calendar says now, written down where it has turned.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub async fn look_at_window(&self, run: &RunId) -> Result<(), Problem> {
        let state = self.state(run).await?;
        let Some(target) = self.targets().get(&state.target.name) else { return Ok(()) };
        let window = target.care().calendar.standing(now_ms());
        if state.ended.is_some() || state.window == window {
            return Ok(());
        }
        self.report(run, Report::WindowRead { window }).await.map(|_| ())
    }

    /// Every gate with signatures before a step, resolved again.
    ///
    /// # Errors
    /// As [`Console::resolve`].
    pub async fn hold_to_signatures(&self, run: &RunId, step: &Id) -> Result<(), Problem> {
        for phase in self.state(run).await?.signed_before(step) {
            self.resolve(run, &phase).await?;
        }
        Ok(())
    }

    /// Before a signature and before a start, where nothing else refuses them.
    pub(super) async fn look_at_intents(
        &self,
        run: &RunId,
        command: &Command,
        actor: &Actor,
    ) -> Result<(), Problem> {
        match command {
            Command::SignOff { phase, .. } => {
                let state = self.state(run).await?;
                let complete = state.runbook.phase(phase).is_some_and(|phase| state.phase_complete(phase));
                let may = state.not_for(command.clone(), actor).is_none();
                if complete && may && state.ended.is_none() { self.resolve(run, phase).await } else { Ok(()) }
            }
            Command::StartStep { step, .. } | Command::ConfirmStart { step, .. } => {
                self.look_at_window(run).await?;
                let state = self.state(run).await?;
                if state.would_refuse(command.clone(), actor).is_some() {
                    return Ok(());
                }
                self.hold_to_signatures(run, step).await
            }
            Command::Remedy { .. } | Command::BreakGlass { .. } => self.look_at_window(run).await,
            _ => Ok(()),
        }
    }

    /// Just before a step's program is started: its files are those that were signed.
    ///
    /// # Errors
    /// One sentence: which are not.
    pub async fn files_as_signed(&self, state: &RunState, step: &Id) -> Result<(), String> {
        let signed = state.signed_before(step);
        let Some(last) = signed.last().and_then(|phase| state.intents.get(phase)) else { return Ok(()) };
        let now = intent::used(&state.runbook, self.runbooks().dir()).await?;
        let now = Intent::new(now);
        let then = last.intent.of(Part::File).cloned();
        let differences = Intent::new(then).differences(&now);
        match differences.first() {
            None => Ok(()),
            Some(first) => Err(format!("{} since it was signed", first.sentence())),
        }
    }
}
