//! `POST /login` and `POST /logout`, plain forms.

use super::identify::{self, safe_next, session};
use super::{AppError, Web, host, pages};
use crate::run::refusal::{Code, Refusal};
use crate::server::auth::{Secret, SignInError};
use crate::server::clock::now_ms;
use crate::ui::{Fields, Refused};
use axum::extract::{ConnectInfo, Form, FromRequest, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::net::SocketAddr;

#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Opens a session and goes to `next`; the login page again with the reason otherwise.
pub async fn log_in(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<Response, AppError> {
    let (parts, body) = request.into_parts();
    let address = host::caller(&web, peer.ip(), &parts.headers);
    let login = match Form::from_request(Request::from_parts(parts.clone(), body), &()).await {
        Ok(Form::<Login>(login)) => login,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let agent =
        parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let opened = web.auth.sign_in.with_password(&login.name, &login.password, address, agent, now_ms()).await;
    let (status, retry_after, error) = match opened {
        Ok(secret) => {
            let over_tls = host::is_secure(&web, &parts.uri, &parts.headers);
            return Ok((signed_in(&secret, over_tls)?, Redirect::to(safe_next(&login.next))).into_response());
        }
        Err(SignInError::Failed(error)) => return Err(error.into()),
        Err(error @ SignInError::Wrong) => (StatusCode::UNAUTHORIZED, None, error),
        Err(error @ SignInError::TooMany { wait_ms }) => {
            (StatusCode::TOO_MANY_REQUESTS, Some((wait_ms + 999) / 1000), error)
        }
    };
    tracing::warn!(%address, %error, "a login was refused");
    let refused = Refused {
        refusal: Refusal::new(Code::NotAllowed, error.to_string(), ""),
        fields: Fields::from([("name".to_owned(), login.name)]),
    };
    let mut response = pages::refuse(&web, parts, login_again(&login.next), status, refused).await;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// Ends the session; no harm without one.
pub async fn log_out(State(web): State<Web>, request: Request) -> Result<Response, AppError> {
    let over_tls = host::is_secure(&web, request.uri(), request.headers());
    if let Some(hash) = session(request.headers(), over_tls) {
        web.auth.sessions.revoke(&hash).await?;
    }
    let gone = format!("{}; Max-Age=0", cookie("", over_tls));
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/login")).into_response())
}

/// The header that gives a browser its session.
pub fn signed_in(secret: &Secret, over_tls: bool) -> Result<[(HeaderName, HeaderValue); 1], AppError> {
    let cookie = HeaderValue::try_from(cookie(secret.reveal(), over_tls)).map_err(AppError::internal)?;
    Ok([(header::SET_COOKIE, cookie)])
}

/// `Lax`, not `Strict`: somebody who follows a link from a chat to a run that waits for a signature is signed in when they arrive.
/// Requests that change something are checked by origin, so `Strict` would protect nothing more. No `Max-Age`: the session's end is
/// the server's to say, and a browser that is closed forgets.
fn cookie(secret: &str, over_tls: bool) -> String {
    let (name, secure) = (identify::cookie(over_tls), if over_tls { "; Secure" } else { "" });
    format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax{secure}")
}

/// The login page, which leads on to `next`.
pub fn login_again(next: &str) -> Uri {
    let next: String = url::form_urlencoded::byte_serialize(safe_next(next).as_bytes()).collect();
    Uri::try_from(format!("/login?next={next}")).unwrap_or(Uri::from_static("/login"))
}
