//! Which provider, and as what the console is known there.

use super::claim::EMAIL;
use super::http::{is_closed, is_loopback};
use std::fmt;
use url::Url;

/// Not printed by `Debug`.
#[derive(Clone)]
pub struct ClientSecret(String);

#[derive(Clone, Debug)]
pub struct Settings {
    /// As the provider writes itself, to the letter.
    pub(super) issuer: String,
    pub(super) client_id: String,
    /// None for a public client, which PKCE alone protects.
    pub(super) client_secret: Option<ClientSecret>,
    /// Says who somebody is here, until an account is bound.
    pub(super) claim: String,
    /// What people call it.
    pub(super) name: String,
    here: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSettings {
    #[error(
        "expected the provider's address such as https://login.example.com, http:// on this machine only, came `{0}`"
    )]
    Issuer(String),
    #[error("expected a {what} of 1 to {most} characters, came `{came}`")]
    Word { what: &'static str, most: usize, came: String },
    #[error("the client secret is empty. Leave it out for a public client")]
    EmptySecret,
    #[error("no HTTP client can be made: {0}")]
    Client(String),
}

impl ClientSecret {
    /// A line's end is none of it.
    ///
    /// # Errors
    /// Nothing is left.
    pub fn parse(text: &str) -> Result<Self, NotSettings> {
        let text = text.trim_end_matches(['\n', '\r']);
        if text.is_empty() { Err(NotSettings::EmptySecret) } else { Ok(Self(text.to_owned())) }
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

impl Settings {
    /// `name` is the issuer's host where it is not given.
    ///
    /// # Errors
    /// The issuer is no address of a provider, or something is empty or too long.
    pub fn parse(
        issuer: &str,
        client_id: &str,
        client_secret: Option<ClientSecret>,
        claim: &str,
        name: Option<&str>,
    ) -> Result<Self, NotSettings> {
        let wrong = || NotSettings::Issuer(issuer.to_owned());
        let url = Url::parse(issuer).map_err(|_| wrong())?;
        let here = url.scheme() == "http" && is_loopback(&url);
        let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !bare || url.password().is_some() || !is_closed(&url, here) {
            return Err(wrong());
        }
        let host = url.host_str().ok_or_else(wrong)?;
        Ok(Self {
            issuer: issuer.to_owned(),
            client_id: word("client id", 400, client_id)?,
            client_secret,
            claim: word("claim", 64, claim)?,
            name: word("name of the provider", 60, name.unwrap_or(host))?,
            here,
        })
    }

    /// Whether the provider is on this machine, without TLS.
    pub(super) fn is_here(&self) -> bool {
        self.here
    }

    /// What is asked for beyond who it is (OpenID Connect Core, 5.4).
    pub(super) fn scope(&self) -> &'static str {
        if self.claim == EMAIL { "email" } else { "profile" }
    }
}

fn word(what: &'static str, most: usize, came: &str) -> Result<String, NotSettings> {
    let came = came.trim();
    if (1..=most).contains(&came.chars().count()) && !came.chars().any(char::is_control) {
        Ok(came.to_owned())
    } else {
        Err(NotSettings::Word { what, most, came: came.chars().take(80).collect() })
    }
}
