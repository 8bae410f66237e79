//! `POST /second-factor`: sets one's second factor up, or takes it away.

use super::{AppError, Web, host, pages, step_up};
use crate::run::refusal::{Code, Refusal};
use crate::server::auth::{AuthError, FactorError, Identity, PersonName, SignInError, Via};
use crate::server::clock::now_ms;
use crate::server::console::Problem;
use crate::ui::{Fields, Refused};
use axum::extract::{ConnectInfo, Form, FromRequest, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};

/// What is asked for.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Ask {
    /// A new secret. The password once more: a session that was left open is not enough to bind somebody's phone to it. Who has none has
    /// signed in by a provider just now.
    Begin {
        #[serde(default)]
        password: String,
    },
    /// The first code of it.
    Confirm { code: String },
    /// Away with it, for a code of it.
    Remove { code: String },
}

pub async fn change(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<Response, AppError> {
    let (parts, body) = request.into_parts();
    let address = host::caller(&web, peer.ip(), &parts.headers);
    let ask = match Form::<Ask>::from_request(Request::from_parts(parts.clone(), body), &()).await {
        Ok(Form(ask)) => ask,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let identity = parts.extensions.get::<Identity>().cloned().ok_or_else(AppError::signed_out)?;
    let refusal = match carry_out(&web, &identity, address, ask).await {
        Ok(()) => return Ok(Redirect::to("/second-factor").into_response()),
        Err(Problem::Refused(refusal)) => refusal,
        Err(other) => return Err(other.into()),
    };
    let status =
        if refusal.code == Code::TooMany { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::FORBIDDEN };
    let refused = Refused { refusal, fields: Fields::new() };
    Ok(pages::refuse(&web, parts, Uri::from_static("/second-factor"), status, refused).await)
}

async fn carry_out(web: &Web, identity: &Identity, address: IpAddr, ask: Ask) -> Result<(), Problem> {
    let Via::Session(session) = &identity.via else {
        let why = "A second factor is set up in a browser, not by an API token.";
        return Err(Refusal::new(Code::NotAllowed, why, "Log in and look at /second-factor.").into());
    };
    let person = &identity.actor.name;
    let name = PersonName::parse(person).map_err(|error| Problem::Internal(error.to_string()))?;
    let (factors, now) = (&web.auth.factors, now_ms());
    match ask {
        Ask::Begin { password } => {
            if web.auth.people.has_password(&name).await.map_err(failed)? {
                web.auth.sign_in.check(person, &password, address, now).await.map_err(wrong_password)?;
            } else if !web.auth.sessions.is_new(session, now).await.map_err(failed)? {
                let why = "You have no password, and signed in too long ago.";
                let hint = "Log out, sign in again, and set it up within five minutes. Nothing was changed.";
                return Err(Refusal::new(Code::NotAllowed, why, hint).into());
            }
            factors.begin(&name, Some(session), now).await.map_err(step_up::refused)?;
        }
        Ask::Confirm { code } => {
            factors.confirm(&name, Some(session), &code, now).await.map_err(|error| match error {
                FactorError::None => not_begun(),
                other => step_up::refused(other),
            })?;
            tracing::info!(person, "has set up a second factor");
        }
        Ask::Remove { code } => {
            factors.remove(&name, &code, now).await.map_err(step_up::refused)?;
            tracing::info!(person, "has taken the second factor away");
        }
    }
    Ok(())
}

fn wrong_password(error: SignInError) -> Problem {
    match error {
        SignInError::Wrong => {
            Refusal::new(Code::NotAllowed, "The password is wrong.", "Nothing was changed.").into()
        }
        SignInError::TooMany { .. } => Refusal::new(Code::TooMany, error.to_string(), "").into(),
        SignInError::Failed(error) => failed(error),
    }
}

fn failed(error: AuthError) -> Problem {
    Problem::Internal(error.to_string())
}

fn not_begun() -> Problem {
    let why = "There is no new secret that this code could be of, or it was confirmed already.";
    Refusal::new(Code::NotNow, why, "Look at the page as it is now.").into()
}
