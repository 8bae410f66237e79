//! What a browser brings back from the provider, and what the provider then says for it.

use super::claim::{self, NoName};
use super::error::OidcError;
use super::http::HttpError;
use super::metadata::{Client, Others};
use super::provider::Provider;
use super::{Inner, Proof, Ticket};
use crate::server::auth::Account;
use openidconnect::core::{CoreErrorResponseType, CoreGenderClaim};
use openidconnect::{
    AccessToken, AuthorizationCode, ClaimsVerificationError, IdToken, Nonce, OAuth2TokenResponse,
    RequestTokenError, SignatureVerificationError, SubjectIdentifier, TokenResponse, UserInfoClaims,
    UserInfoError,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The query of the address to which the provider sends a browser back (RFC 6749, 4.1.2; RFC 9207, 2).
#[derive(Debug, Default, Deserialize)]
pub struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// In the order of what is cheapest to know: nothing is asked of the provider for an answer that is not this sign-in's.
pub(super) async fn redeem(
    oidc: &Inner,
    ticket: &Ticket,
    answer: Answer,
    back: &str,
) -> Result<Proof, OidcError> {
    let Inner { settings, http, kept } = oidc;
    if !ticket.is_of(answer.state.as_deref().unwrap_or_default()) {
        return Err(OidcError::Foreign);
    }
    if answer.iss.as_ref().is_some_and(|issuer| *issuer != settings.issuer) {
        return Err(OidcError::Untrusted("the answer names another issuer".to_owned()));
    }
    if let Some(error) = answer.error {
        return Err(OidcError::Refused(word(&error)));
    }
    let provider = kept.provider(settings, http).await?;
    if answer.iss.is_none() && provider.names_itself() {
        return Err(OidcError::Untrusted("the answer does not name its issuer".to_owned()));
    }
    let code = answer.code.ok_or_else(|| OidcError::Untrusted("the answer has no code".to_owned()))?;
    let client = provider.client(settings, back)?;
    let request = client.exchange_code(AuthorizationCode::new(code));
    let request = request.map_err(|error| OidcError::Misfit(error.to_string()))?;
    let tokens = request.set_pkce_verifier(ticket.verifier()).request_async(http).await.map_err(untold)?;
    let token = tokens.id_token().ok_or_else(|| OidcError::Untrusted("no ID token came".to_owned()))?;
    let nonce = Nonce::new(ticket.nonce());
    let claims = match proven(&client, token, &nonce) {
        Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
            let client = kept.newer(&provider, settings, http).await?.client(settings, back)?;
            proven(&client, token, &nonce)
        }
        proven => proven,
    };
    let (subject, claims) = claims.map_err(|error| match error {
        ClaimsVerificationError::Expired(why) => OidcError::Expired(why),
        error => OidcError::Untrusted(error.to_string()),
    })?;
    let name = match claim::name(&claims, &settings.claim) {
        // What was asked for by scope may stand at another address of the provider only (OpenID Connect Core, 5.4).
        Err(NoName::Missing(_) | NoName::Unverified) => {
            let more = of_account(&client, tokens.access_token(), &subject, http).await?;
            claim::name(&more.unwrap_or(claims), &settings.claim)
        }
        name => name,
    };
    let account = Account { issuer: settings.issuer.clone(), subject: subject.to_string() };
    Ok(Proof { account, name })
}

type Token = IdToken<
    Others,
    CoreGenderClaim,
    openidconnect::core::CoreJweContentEncryptionAlgorithm,
    openidconnect::core::CoreJwsSigningAlgorithm,
>;

/// Signature, issuer, audience, end and nonce hold (OpenID Connect Core, 3.1.3.7).
fn proven(
    client: &Client,
    token: &Token,
    nonce: &Nonce,
) -> Result<(SubjectIdentifier, Map<String, Value>), ClaimsVerificationError> {
    let verifier = client.id_token_verifier().set_allowed_algs(Provider::algorithms());
    let claims = token.claims(&verifier, nonce)?;
    if claims.authorized_party().is_some_and(|party| party != client.client_id()) {
        let why = "it was issued for another client".to_owned();
        return Err(ClaimsVerificationError::InvalidAudience(why));
    }
    Ok((claims.subject().clone(), object(claims)))
}

/// What the provider says of the account at its UserInfo address; none where it has none.
async fn of_account(
    client: &Client,
    access: &AccessToken,
    subject: &SubjectIdentifier,
    http: &super::Http,
) -> Result<Option<Map<String, Value>>, OidcError> {
    let Ok(request) = client.user_info(access.clone(), Some(subject.clone())) else { return Ok(None) };
    let said = request.request_async(http).await;
    let said: UserInfoClaims<Others, CoreGenderClaim> = said.map_err(|error| match error {
        UserInfoError::Request(error) => unasked(&error),
        UserInfoError::Parse(error) => {
            OidcError::Untrusted(format!("what it says of the account at {}", error.path()))
        }
        UserInfoError::Response(status, ..) => {
            OidcError::Misfit(format!("it answered {status} about the account"))
        }
        error => OidcError::Untrusted(error.to_string()),
    })?;
    Ok(Some(object(&said)))
}

fn object(claims: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(claims)) => claims,
        _ => Map::new(),
    }
}

/// Never with the body: it may hold a token.
fn untold(
    error: RequestTokenError<HttpError, openidconnect::StandardErrorResponse<CoreErrorResponseType>>,
) -> OidcError {
    match error {
        RequestTokenError::Request(error) => unasked(&error),
        RequestTokenError::ServerResponse(said) => match said.error() {
            CoreErrorResponseType::InvalidGrant => OidcError::Used,
            error => OidcError::Misfit(format!("it does not take the code: {}", word(error.as_ref()))),
        },
        RequestTokenError::Parse(error, _) => {
            OidcError::Untrusted(format!("its answer to the code at {}", error.path()))
        }
        RequestTokenError::Other(error) => OidcError::Untrusted(error),
    }
}

fn unasked(error: &HttpError) -> OidcError {
    match error {
        HttpError::Plain(_) => OidcError::Misfit(error.to_string()),
        _ => OidcError::Unreachable(error.to_string()),
    }
}

/// A code of an error as RFC 6749 has them, whatever came: it is shown and logged.
fn word(error: &str) -> String {
    error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect()
}
