//! `GET /login/oidc` leads to the provider, `GET /login/oidc/callback` is where it leads back. What was begun is in the browser's cookie
//! alone.

use super::identify::{cookie_of, safe_next};
use super::sign_in::{login_again, signed_in};
use super::{AppError, Web, host, pages};
use crate::run::refusal::{Code, Refusal};
use crate::server::auth::{AccountError, Secret, SignInError};
use crate::server::clock::now_ms;
use crate::server::oidc::{Answer, LIFE_S, NoName, Oidc, OidcError, Ticket};
use crate::ui::{Fields, Refused};
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};

/// As for the session: see `identify`.
const LOCAL: &str = "kneeboard_oidc";
const OVER_TLS: &str = "__Host-kneeboard_oidc";

/// Where the provider leads back. It is told so beforehand, once.
const BACK: &str = "/login/oidc/callback";

#[derive(Default, Deserialize)]
struct Begin {
    #[serde(default)]
    next: String,
}

/// The field `next` is where to go afterwards.
pub async fn begin(State(web): State<Web>, request: Request) -> Result<Response, AppError> {
    let oidc = provider(&web)?;
    let parts = request.into_parts().0;
    let Query(Begin { next }) = Query::try_from_uri(&parts.uri).unwrap_or_default();
    let ticket = Ticket::new(safe_next(&next)).map_err(AppError::internal)?;
    let over_tls = host::is_secure(&web, &parts.uri, &parts.headers);
    match oidc.begin(&ticket, &back(&web, &parts)).await {
        Ok(address) => {
            let cookie = cookie(&ticket.to_cookie(), LIFE_S, over_tls)?;
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response())
        }
        Err(error) => {
            let no = No::of_provider(&oidc, &error);
            Ok(refuse(&web, parts, &ticket.next, no).await)
        }
    }
}

/// Takes the query of an [`Answer`]. Opens a session and goes on; the login page with the reason otherwise. Either way the cookie is
/// gone: an answer counts once.
pub async fn finish(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<Response, AppError> {
    let oidc = provider(&web)?;
    let parts = request.into_parts().0;
    let address = host::caller(&web, peer.ip(), &parts.headers);
    let over_tls = host::is_secure(&web, &parts.uri, &parts.headers);
    let ticket = cookie_of(&parts.headers, name(over_tls)).and_then(Ticket::from_cookie);
    let next = ticket.as_ref().map_or("/", |ticket| safe_next(&ticket.next)).to_owned();
    let mut response = match enter(&web, &oidc, ticket.as_ref(), address, &parts).await {
        Ok(secret) => (signed_in(&secret, over_tls)?, Redirect::to(&next)).into_response(),
        Err(Stop::Refused(no)) => {
            tracing::warn!(%address, why = no.cause, "a sign-in by the provider was refused");
            refuse(&web, parts, &next, no).await
        }
        Err(Stop::Failed(error)) => error.into_response(),
    };
    response.headers_mut().append(header::SET_COOKIE, cookie("", 0, over_tls)?);
    Ok(response)
}

/// Opens a session and gives the secret for its cookie.
async fn enter(
    web: &Web,
    oidc: &Oidc,
    ticket: Option<&Ticket>,
    address: IpAddr,
    parts: &Parts,
) -> Result<Secret, Stop> {
    let (sign_in, now) = (&web.auth.sign_in, now_ms());
    sign_in.take_try(address, now).map_err(No::too_many)?;
    // Without a ticket nothing of the answer is looked at.
    let answer = Query::<Answer>::try_from_uri(&parts.uri).map(|Query(answer)| answer);
    let (Some(ticket), Ok(answer)) = (ticket, answer) else {
        return Err(No::of_provider(oidc, &OidcError::NotBegun).into());
    };
    let proof = oidc.finish(ticket, answer, &back(web, parts)).await;
    let proof = proof.map_err(|error| No::of_provider(oidc, &error))?;
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let (account, name) = (&proof.account, proof.name.as_ref().ok());
    match sign_in.with_account(account, name, address, agent.unwrap_or_default(), now).await {
        Ok(secret) => Ok(secret),
        Err(AccountError::Failed(error)) => Err(Stop::Failed(error.into())),
        Err(error) => Err(No::of_account(&error, proof.name.err()).into()),
    }
}

/// Why there is no session.
enum Stop {
    Refused(No),
    Failed(AppError),
}

impl From<No> for Stop {
    fn from(no: No) -> Self {
        Self::Refused(no)
    }
}

/// A refusal with its status, and what the log says.
struct No {
    status: StatusCode,
    why: String,
    hint: String,
    cause: String,
    retry_after: Option<i64>,
}

impl No {
    fn of_provider(oidc: &Oidc, error: &OidcError) -> Self {
        let (why, hint) = error.told(oidc.name());
        let status = match error {
            OidcError::Unreachable(_) => StatusCode::SERVICE_UNAVAILABLE,
            OidcError::Misfit(_) => StatusCode::BAD_GATEWAY,
            OidcError::NotBegun | OidcError::Foreign | OidcError::Used => StatusCode::BAD_REQUEST,
            OidcError::Refused(_) | OidcError::Expired(_) | OidcError::Untrusted(_) => StatusCode::FORBIDDEN,
        };
        Self { status, why, hint: hint.to_owned(), cause: error.to_string(), retry_after: None }
    }

    fn of_account(error: &AccountError, no_name: Option<NoName>) -> Self {
        let hint = match error {
            AccountError::Nobody(name) => {
                format!(
                    "An admin adds people on the server: kneeboard user add {name} --sso --permission ..."
                )
            }
            AccountError::Taken(name) => {
                format!("An admin who knows that you are the same person runs: kneeboard user unlink {name}")
            }
            AccountError::Disabled(_) => "Ask an admin.".to_owned(),
            _ => "Ask those who keep the provider, or an admin.".to_owned(),
        };
        let why = match (error, no_name) {
            (AccountError::NoName, Some(no_name)) => no_name.to_string(),
            _ => error.to_string(),
        };
        Self { status: StatusCode::FORBIDDEN, cause: why.clone(), why, hint, retry_after: None }
    }

    fn too_many(error: SignInError) -> Self {
        let retry_after = match &error {
            SignInError::TooMany { wait_ms } => Some((wait_ms + 999) / 1000),
            _ => None,
        };
        let (status, why) = (StatusCode::TOO_MANY_REQUESTS, error.to_string());
        Self { status, cause: why.clone(), why, hint: String::new(), retry_after }
    }
}

/// The login page with the reason.
async fn refuse(web: &Web, parts: Parts, next: &str, no: No) -> Response {
    let refusal = Refusal::new(Code::NotAllowed, no.why, no.hint);
    let refused = Refused { refusal, fields: Fields::new() };
    let mut response = pages::refuse(web, parts, login_again(next), no.status, refused).await;
    if let Some(seconds) = no.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn provider(web: &Web) -> Result<Oidc, AppError> {
    let none = || {
        let message = "Nobody signs in to this console by another provider.";
        let hint = "Log in with name and password, or start it with --oidc-issuer.";
        AppError::new(StatusCode::NOT_FOUND, "not_found", message, hint)
    };
    web.entrance.oidc.clone().ok_or_else(none)
}

fn back(web: &Web, parts: &Parts) -> String {
    format!("{}{BACK}", host::origin(web, &parts.uri, &parts.headers))
}

fn name(over_tls: bool) -> &'static str {
    if over_tls { OVER_TLS } else { LOCAL }
}

/// `Lax`: the provider's page leads back here. The path is the whole host's, as the prefix wants it.
fn cookie(value: &str, life_s: u32, over_tls: bool) -> Result<HeaderValue, AppError> {
    let (name, secure) = (name(over_tls), if over_tls { "; Secure" } else { "" });
    let cookie = format!("{name}={value}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).map_err(AppError::internal)
}
