//! Plans that somebody has pasted into a form. They come with the request and go with its answer: nothing is kept.

use super::Trouble;
use crate::run::Actor;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlansPage {
    pub actor: Actor,
    pub pasted: Pasted,
}

/// Texts as they came; empty where none was given. Put into the context by the one who answers the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pasted {
    pub plan: String,
    /// To compare it with.
    pub earlier: String,
}

#[server(prefix = "/api/ui", endpoint = "plans", input = GetUrl)]
pub async fn read_plans() -> Result<PlansPage, Trouble> {
    use super::caller::caller;

    let (_, actor) = caller()?;
    Ok(PlansPage { actor, pasted: use_context::<Pasted>().unwrap_or_default() })
}
