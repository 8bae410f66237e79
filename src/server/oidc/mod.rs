//! Signing in by another provider: OpenID Connect's authorization code flow with PKCE. What a proven account may do here is decided in
//! `auth`; cookies and addresses are the web's matter.
//! <https://openid.net/specs/openid-connect-core-1_0.html>, RFC 6749, RFC 7636, RFC 9207

mod answer;
mod claim;
mod error;
mod http;
mod metadata;
mod provider;
mod settings;
#[cfg(test)]
mod tests;
mod ticket;

pub use answer::Answer;
pub use claim::NoName;
pub use error::OidcError;
pub use settings::{ClientSecret, NotSettings, Settings};
pub use ticket::{LIFE_S, Ticket};

use crate::server::auth::{Account, PersonName};
use http::Http;
use openidconnect::core::CoreResponseType;
use openidconnect::{AuthenticationFlow, CsrfToken, Nonce, PkceCodeChallenge, Scope};
use provider::Kept;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a provider may take with all that one request of a browser asks of it: less than that request may take.
const PATIENCE: Duration = Duration::from_secs(25);

/// The provider by which people may sign in. Cheap to clone; clones share what is known of it.
#[derive(Clone)]
pub struct Oidc(Arc<Inner>);

struct Inner {
    settings: Settings,
    http: Http,
    kept: Kept,
}

/// What a provider has proven of the one who came back from it.
#[derive(Debug)]
pub struct Proof {
    pub account: Account,
    /// Who this would be here, where the account is nobody's yet.
    pub name: Result<PersonName, NoName>,
}

impl Oidc {
    /// Asks nothing of the provider: one that is down at the start keeps no console from starting.
    ///
    /// # Errors
    /// The machine has no certificate authorities to know it by.
    pub fn new(settings: Settings) -> Result<Self, NotSettings> {
        let http = Http::new(settings.is_here()).map_err(|error| NotSettings::Client(error.to_string()))?;
        Ok(Self(Arc::new(Inner { settings, http, kept: Kept::default() })))
    }

    /// What people call the provider.
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    /// The provider's page at which this sign-in begins. `back` is the address to which it sends the browser afterwards.
    ///
    /// # Errors
    /// The provider cannot be reached, or does not fit.
    pub async fn begin(&self, ticket: &Ticket, back: &str) -> Result<String, OidcError> {
        let provider = timeout(PATIENCE, self.0.kept.provider(&self.0.settings, &self.0.http)).await;
        let provider = provider.map_err(OidcError::slow)??;
        let client = provider.client(&self.0.settings, back)?;
        let (state, nonce) = (CsrfToken::new(ticket.state()), Nonce::new(ticket.nonce()));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&ticket.verifier());
        let (address, ..) = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || state,
                move || nonce,
            )
            .add_scope(Scope::new(self.0.settings.scope().to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(address.into())
    }

    /// Takes the provider's answer for the sign-in of this ticket.
    ///
    /// # Errors
    /// The answer is another sign-in's or no success, or what the provider says then does not hold.
    pub async fn finish(&self, ticket: &Ticket, answer: Answer, back: &str) -> Result<Proof, OidcError> {
        timeout(PATIENCE, answer::redeem(&self.0, ticket, answer, back)).await.map_err(OidcError::slow)?
    }
}
