//! Who is behind a request: by session cookie or by bearer token. Nobody gets past here unknown.

use super::error::wants_json;
use super::{AppError, Web, host};
use crate::server::auth::{Hashed, Identity, Scope, Via};
use crate::server::clock::now_ms;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;

/// The cookie that holds a session's secret, from browsers of this machine. It has no `Secure`: Safari keeps no such cookie from
/// http://localhost.
const LOCAL: &str = "kneeboard_session";

/// The same over TLS. Browsers take the prefix from the host itself only, with `Secure` and without a domain: neither a neighbour under
/// the same domain nor somebody on the line can slip in a session of their own (RFC 6265bis, 4.1.3.2).
const OVER_TLS: &str = "__Host-kneeboard_session";

/// The cookie's name for a request that came over TLS or not. Over TLS the other one is not looked at.
pub fn cookie(over_tls: bool) -> &'static str {
    if over_tls { OVER_TLS } else { LOCAL }
}

/// Puts the [`Identity`] into the request, or answers: programs get an error, people the login page.
pub async fn require(State(web): State<Web>, mut request: Request, next: Next) -> Result<Response, AppError> {
    let Some(identity) = identity(&web, request.uri(), request.headers()).await? else {
        let json = wants_json(request.uri().path(), request.headers());
        return if json { Err(AppError::signed_out()) } else { Ok(to_login(request.uri())) };
    };
    if !identity.actor.may_see() {
        let message = format!("{} has no permission on this console.", identity.actor.name);
        return Err(AppError::new(
            StatusCode::FORBIDDEN,
            "not_allowed",
            message,
            "Ask an admin to give one.",
        ));
    }
    if !request.method().is_safe() && matches!(identity.via, Via::Token { scope: Scope::Read, .. }) {
        let message = "This API token is for reading.";
        let hint = "Make one with `kneeboard token add --scope operate`.";
        return Err(AppError::new(StatusCode::FORBIDDEN, "not_allowed", message, hint));
    }
    request.extensions_mut().insert(identity);
    Ok(next.run(request).await)
}

async fn identity(web: &Web, uri: &Uri, headers: &HeaderMap) -> Result<Option<Identity>, sqlx::Error> {
    let now = now_ms();
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let token = authorization.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        return match token {
            Some(token) => web.auth.tokens.identify(token.trim(), now).await,
            None => Ok(None),
        };
    }
    match session(headers, host::is_secure(web, uri, headers)) {
        Some(hash) => web.auth.sessions.identify(&hash, now).await,
        None => Ok(None),
    }
}

/// The session that a request names.
pub fn session(headers: &HeaderMap, over_tls: bool) -> Option<Hashed> {
    cookie_of(headers, cookie(over_tls)).map(Hashed::of)
}

/// The value of a request's first cookie of this name.
pub fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(of, _)| *of == name).map(|(_, value)| value)
}

fn to_login(uri: &Uri) -> Response {
    let next: String = form_urlencoded::byte_serialize(local(uri).as_bytes()).collect();
    Redirect::to(&format!("/login?next={next}")).into_response()
}

fn local(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |address| address.as_str())
}

/// Where to go after signing in: an address of ours, whatever was sent. Browsers read `//` and `/\` as another host.
pub fn safe_next(next: &str) -> &str {
    let bytes = next.as_bytes();
    let ours = bytes.first() == Some(&b'/') && !matches!(bytes.get(1), Some(b'/' | b'\\'));
    // What a header can carry: controls are cut out by browsers before they look for the host.
    let plain = bytes.iter().all(|byte| (0x21..0x7f).contains(byte));
    if ours && plain { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_after_signing_in_stays_in_the_house() {
        for good in ["/", "/runs/0123?x=y", "/a//b"] {
            assert_eq!(safe_next(good), good);
        }
        let evil =
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/ü", "x"];
        for bad in evil {
            assert_eq!(safe_next(bad), "/", "{bad}");
        }
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; kneeboard_session=secret; c=d".parse().unwrap());
        assert_eq!(session(&headers, false), Some(Hashed::of("secret")));
        assert_eq!(session(&headers, true), None, "over TLS only the browser's own promise counts");
        headers.append(header::COOKIE, "__Host-kneeboard_session=other".parse().unwrap());
        assert_eq!(session(&headers, true), Some(Hashed::of("other")));
        headers.clear();
        headers.append(header::COOKIE, "xkneeboard_session=secret".parse().unwrap());
        assert_eq!(session(&headers, false), None);
    }
}
