//! How the target of a run lives with the change, for its page.

use super::Trouble;
use crate::aftercare::Report;
use crate::run::{Actor, RunId};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AftercarePage {
    pub actor: Actor,
    pub report: Report,
}

#[server(prefix = "/api/ui", endpoint = "aftercare", input = GetUrl)]
pub async fn read_aftercare(run: RunId) -> Result<AftercarePage, Trouble> {
    use super::caller::{caller, problem};

    let (console, actor) = caller()?;
    let report = console.aftercare(&run).await.map_err(problem)?;
    Ok(AftercarePage { actor, report })
}
