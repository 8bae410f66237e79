//! Under which names the console answers. A page of a stranger can point a name of its own at 127.0.0.1 (DNS rebinding); a request
//! under a name that is not ours is not carried out.

use super::{AppError, Entrance, Web};
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;
use std::str::FromStr;
use url::Url;

/// Scheme, name and port of the console as browsers write them, such as `https://kneeboard.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    authority: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the console's address such as https://kneeboard.example.com, without a path, came `{0}`")]
pub struct NotAPublicUrl(String);

impl FromStr for PublicUrl {
    type Err = NotAPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAPublicUrl(text.to_owned());
        let url = Url::parse(text).map_err(|_| wrong())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let plain = bare && url.username().is_empty() && url.password().is_none();
        if !plain || !["http", "https"].contains(&url.scheme()) {
            return Err(wrong());
        }
        let origin = url.origin().ascii_serialization();
        let authority = origin.split_once("://").ok_or_else(wrong)?.1.to_owned();
        Ok(Self { origin, authority })
    }
}

impl PublicUrl {
    /// As in the header `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    fn is(&self, authority: &Authority) -> bool {
        self.authority.eq_ignore_ascii_case(authority.as_str())
    }
}

/// The name under which a request came.
fn asked(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let header = || headers.get(header::HOST)?.to_str().ok()?.parse().ok();
    uri.authority().cloned().or_else(header)
}

/// Where the console is to be found: by its public address, and without one where this request found it.
pub fn origin(web: &Web, uri: &Uri, headers: &HeaderMap) -> String {
    let here = || {
        let asked = asked(uri, headers).map_or_else(|| "127.0.0.1".to_owned(), |asked| asked.to_string());
        format!("{}://{asked}", web.entrance.scheme())
    };
    web.entrance.public_url.as_ref().map_or_else(here, |public| public.origin().to_owned())
}

fn is_loopback(authority: &Authority) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].contains(&authority.host())
}

/// Whether the browser came over TLS, to the console itself or to the proxy before it.
pub fn is_secure(web: &Web, uri: &Uri, headers: &HeaderMap) -> bool {
    let public = web.entrance.public_url.as_ref().filter(|public| public.is_https());
    web.entrance.tls.is_some()
        || public.zip(asked(uri, headers)).is_some_and(|(public, asked)| public.is(&asked))
}

/// Whether a proxy is at this end of a connection: it was named, or it is on this machine and the console has a public address without
/// TLS of its own.
pub fn is_proxy(entrance: &Entrance, peer: IpAddr) -> bool {
    let peer = peer.to_canonical();
    let here = peer.is_loopback() && entrance.public_url.is_some() && entrance.tls.is_none();
    here || entrance.proxies.iter().any(|proxy| proxy.to_canonical() == peer)
}

/// Where a request came from. A proxy writes its caller last.
pub fn caller(web: &Web, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !is_proxy(&web.entrance, peer) {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|list| list.to_str().ok());
    last.and_then(|list| list.rsplit(',').next()?.trim().parse().ok()).unwrap_or(peer)
}

/// Lets through what came under one of our names. The health page has nothing to protect, and those who ask for it know addresses only.
pub async fn check(State(web): State<Web>, request: Request, next: Next) -> Result<Response, AppError> {
    let asked = asked(request.uri(), request.headers());
    let ours = |asked: &Authority| {
        is_loopback(asked) || web.entrance.public_url.as_ref().is_some_and(|public| public.is(asked))
    };
    if asked.as_ref().is_some_and(ours) || request.uri().path() == "/healthz" {
        return Ok(next.run(request).await);
    }
    let name = asked.map_or_else(|| "no name".to_owned(), |asked| asked.to_string());
    let message = format!("This console does not answer under {name}.");
    let hint = "Start it with --public-url and the address that people type.";
    Err(AppError::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host", message, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_as_browsers_write_it() {
        let url: PublicUrl = "HTTPS://Kneeboard.Example.com:443/".parse().unwrap();
        assert_eq!(url.origin(), "https://kneeboard.example.com");
        assert!(url.is(&"kneeboard.example.com".parse().unwrap()));
        assert!(!url.is(&"kneeboard.example.com:8480".parse().unwrap()));
        let url: PublicUrl = "http://db-host:8480".parse().unwrap();
        assert!(url.is(&"db-host:8480".parse().unwrap()) && !url.is_https());
    }

    #[test]
    fn what_is_more_or_less_than_an_address_is_refused() {
        for text in ["kneeboard", "ftp://x", "https://x/path", "https://a@x", "https://x?y", ""] {
            assert!(PublicUrl::from_str(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (name, loopback) in [
            ("127.0.0.1:8480", true),
            ("localhost", true),
            ("[::1]:80", true),
            ("127.0.0.1.nip.io", false),
            ("localhost.example.com:8480", false),
        ] {
            assert_eq!(is_loopback(&name.parse().unwrap()), loopback, "{name}");
        }
    }
}
