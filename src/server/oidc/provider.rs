//! What a provider says of itself: asked at the first sign-in, kept for an hour.

use super::error::OidcError;
use super::http::{Http, HttpError, is_closed};
use super::metadata::{Client, Metadata};
use super::settings::Settings;
use openidconnect::core::{CoreClientAuthMethod, CoreJwsSigningAlgorithm};
use openidconnect::{AuthType, ClientId, ClientSecret, DiscoveryError, IssuerUrl, RedirectUrl};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

const KEPT: Duration = Duration::from_secs(60 * 60);

/// How long a failure is everybody's answer: those who wait for one that is down do not queue up to ask it one by one.
const FAILED: Duration = Duration::from_secs(3);

/// With keys that a provider publishes. `none` and those of a shared secret are no proof: who has the one that the console has could
/// be anybody.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

#[derive(Debug)]
pub struct Provider {
    metadata: Metadata,
}

type Read = Result<Arc<Provider>, OidcError>;

/// What was read last, and when. Held while it is asked: one asks, and the others wait for its answer.
#[derive(Default)]
pub struct Kept(Mutex<Option<(Instant, Read)>>);

impl Kept {
    pub async fn provider(&self, settings: &Settings, http: &Http) -> Read {
        self.other_than(None, settings, http).await
    }

    /// Read since `seen` was, if need be now: the provider may have changed its keys.
    pub async fn newer(&self, seen: &Arc<Provider>, settings: &Settings, http: &Http) -> Read {
        self.other_than(Some(seen), settings, http).await
    }

    async fn other_than(&self, seen: Option<&Arc<Provider>>, settings: &Settings, http: &Http) -> Read {
        let mut kept = self.0.lock().await;
        match &*kept {
            Some((at, Ok(known)))
                if at.elapsed() < KEPT && !seen.is_some_and(|seen| Arc::ptr_eq(seen, known)) =>
            {
                return Ok(known.clone());
            }
            Some((at, Err(error))) if at.elapsed() < FAILED => return Err(error.clone()),
            _ => {}
        }
        let read = Provider::read(settings, http).await.map(Arc::new);
        if let Err(error) = &read {
            tracing::error!(issuer = settings.issuer, %error, "the provider of sign-ins does not serve");
        }
        *kept = Some((Instant::now(), read.clone()));
        read
    }
}

impl Provider {
    async fn read(settings: &Settings, http: &Http) -> Result<Self, OidcError> {
        let misfit = |error: &dyn std::fmt::Display| OidcError::Misfit(error.to_string());
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|error| misfit(&error))?;
        let metadata = Metadata::discover_async(issuer, http).await.map_err(|error| match error {
            DiscoveryError::Request(error @ HttpError::Plain(_)) => misfit(&error),
            DiscoveryError::Request(error) => OidcError::Unreachable(error.to_string()),
            DiscoveryError::Response(status, ..) if status.is_server_error() => {
                OidcError::Unreachable(format!("it answered {status}"))
            }
            DiscoveryError::Parse(error) => OidcError::Misfit(format!("its description at {}", error.path())),
            error => misfit(&error),
        })?;
        if !is_closed(metadata.authorization_endpoint().url(), settings.is_here()) {
            return Err(misfit(&HttpError::Plain(metadata.authorization_endpoint().to_string())));
        }
        Ok(Self { metadata })
    }

    /// Whether an answer that does not name its sender cannot be this one's.
    pub fn names_itself(&self) -> bool {
        self.metadata.additional_metadata().authorization_response_iss_parameter_supported
    }

    /// The console as a client of it, to which browsers come back at `back`.
    pub fn client(&self, settings: &Settings, back: &str) -> Result<Client, OidcError> {
        let secret =
            settings.client_secret.as_ref().map(|secret| ClientSecret::new(secret.reveal().to_owned()));
        let back = RedirectUrl::new(back.to_owned()).map_err(|error| OidcError::Misfit(error.to_string()))?;
        let id = ClientId::new(settings.client_id.clone());
        let client = Client::from_provider_metadata(self.metadata.clone(), id, secret).set_redirect_uri(back);
        let ways = self.metadata.token_endpoint_auth_methods_supported();
        // In the header where nothing is said (OpenID Connect Discovery, 3).
        let basic = ways.is_none_or(|ways| ways.contains(&CoreClientAuthMethod::ClientSecretBasic));
        Ok(client.set_auth_type(if basic { AuthType::BasicAuth } else { AuthType::RequestBody }))
    }

    pub fn algorithms() -> impl IntoIterator<Item = CoreJwsSigningAlgorithm> {
        ALGORITHMS
    }
}
