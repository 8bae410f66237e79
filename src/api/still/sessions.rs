//! What lets somebody in: open sessions and API tokens.

use crate::api::Trouble;
use crate::api::caller::{caller, problem};
use crate::api::refused::Refused;
use crate::run::{Actor, Ms};
use crate::server::auth::{Auth, Identity, Keys, Via};
use crate::server::clock::now_ms;
use crate::server::console::Problem;
use leptos::prelude::use_context;

#[derive(Clone, Debug, PartialEq)]
pub struct SessionsPage {
    pub actor: Actor,
    pub now: Ms,
    pub keys: Keys,
    /// Id of the session by which this page was asked for.
    pub this: Option<String>,
    pub refused: Option<Refused>,
}

pub async fn read_sessions() -> Result<SessionsPage, Trouble> {
    let (_, actor) = caller()?;
    let identity = use_context::<Identity>().ok_or(Trouble::NotLoggedIn)?;
    let auth = use_context::<Auth>().ok_or(Trouble::NotLoggedIn)?;
    let refused = use_context();
    let now = now_ms();
    let keys = auth.keys(&identity, now).await;
    let keys = keys.map_err(|error| problem(Problem::Internal(error.to_string())))?;
    let this = match &identity.via {
        Via::Session(hash) => Some(hash.as_str().to_owned()),
        Via::Token { .. } => None,
    };
    Ok(SessionsPage { actor, now, keys, this, refused })
}
