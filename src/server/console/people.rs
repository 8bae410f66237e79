//! Who a command names besides the person who gives it, looked up before it is decided.

use super::{Console, Problem};
use crate::run::command::Report;
use crate::run::refusal::Code;
use crate::run::{Actor, Command, Permission, Refusal, RunId};
use crate::server::auth::PersonName;

impl Console {
    /// Whoever is to get something is somebody who may log in; whose word is given in their place may still give it.
    ///
    /// # Errors
    /// There is nobody of that name, or as [`Console::report`].
    pub(super) async fn look_at_people(
        &self,
        run: &RunId,
        command: &Command,
        actor: &Actor,
    ) -> Result<(), Problem> {
        match command {
            Command::AskHandOver { to } | Command::Delegate { to, .. } => {
                // What is refused anyway tells nobody who there is.
                if self.state(run).await?.would_refuse(command.clone(), actor).is_some() {
                    return Ok(());
                }
                self.somebody(to).await?.map(drop).ok_or_else(|| {
                    let why = format!("There is nobody called \"{}\" who may log in.", to.trim());
                    Refusal::new(Code::NotFound, why, "Write the name as they log in with it.").into()
                })
            }
            Command::SignOff { phase, role, .. } => {
                let state = self.state(run).await?;
                let here = actor.at(&state.target.name, &state.target.environment);
                let Some(phase) = state.runbook.phase(phase) else { return Ok(()) };
                let Some(from) = state.in_place_of(&here, phase, role).map(str::to_owned) else {
                    return Ok(());
                };
                let other = self.somebody(&from).await?;
                let other = other.map(|other| other.at(&state.target.name, &state.target.environment));
                let may = other.is_some_and(|other| {
                    other.may(Permission::Approver) && other.sign_off_roles.contains(role)
                });
                if may {
                    return Ok(());
                }
                self.report(run, Report::DelegationLapsed { role: role.clone(), from }).await.map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Somebody who may log in.
    async fn somebody(&self, name: &str) -> Result<Option<Actor>, Problem> {
        let Ok(name) = PersonName::parse(name) else { return Ok(None) };
        self.0.people.actor(&name).await.map_err(|error| Problem::Internal(error.to_string()))
    }
}
