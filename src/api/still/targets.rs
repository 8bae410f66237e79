//! Every target, asked at this moment: what the console's role may and may not see there.

use crate::api::Trouble;
use crate::api::caller::caller;
use crate::run::Actor;
use crate::run::capability::Capability;
use crate::runbook::Id;
use crate::server::target::capability;

#[derive(Clone, Debug, PartialEq)]
pub struct TargetsPage {
    pub actor: Actor,
    pub targets: Vec<TargetCard>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TargetCard {
    pub name: Id,
    pub environment: String,
    /// Host, port, database and user as configured; never a password.
    pub place: String,
    /// What the target answered, or why it did not.
    pub answer: Result<Capability, String>,
}

pub async fn read_targets() -> Result<TargetsPage, Trouble> {
    let (console, actor) = caller()?;
    let files = console.runbooks().list().unwrap_or_default();
    let runbooks = files.into_iter().filter_map(|file| file.content.ok());
    let mut schemas: Vec<String> =
        runbooks.filter_map(|loaded| Some(loaded.runbook.database.as_ref()?.schema.clone())).collect();
    schemas.sort();
    schemas.dedup();
    let asked = console.targets().iter().map(|target| async {
        TargetCard {
            name: target.name().clone(),
            environment: target.environment_name().to_owned(),
            place: target.settings().place(),
            answer: capability(target, &schemas).await.map_err(|error| error.to_string()),
        }
    });
    let targets = futures::future::join_all(asked).await;
    Ok(TargetsPage { actor, targets })
}
