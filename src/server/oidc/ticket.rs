//! What a browser keeps between leaving for the provider and coming back: one random secret, from which all else follows. The server
//! keeps nothing, so nobody can fill it with sign-ins that are never finished.

use crate::server::auth::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::PkceCodeVerifier;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// How long somebody may take at the provider, in seconds.
pub const LIFE_S: u32 = 600;

/// The longest way on that is kept, in bytes: a cookie has room for 4,096 (RFC 6265, 6.1).
const LONGEST_NEXT: usize = 2_000;

/// A sign-in that was begun. Not printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    secret: String,
    /// Where to go once it is finished.
    pub next: String,
}

impl Ticket {
    /// # Errors
    /// The operating system has no random numbers.
    pub fn new(next: &str) -> Result<Self, rand::rand_core::OsError> {
        let next = if next.len() <= LONGEST_NEXT { next } else { "/" };
        Ok(Self { secret: Secret::random("")?.reveal().to_owned(), next: next.to_owned() })
    }

    /// As a cookie can carry it.
    pub fn to_cookie(&self) -> String {
        format!("{}.{}", self.secret, URL_SAFE_NO_PAD.encode(&self.next))
    }

    /// None where it is not a ticket of ours. A browser may hold anything: the way on is to be looked at once more.
    pub fn from_cookie(cookie: &str) -> Option<Self> {
        let (secret, next) = cookie.split_once('.')?;
        let whole = URL_SAFE_NO_PAD.decode(secret).is_ok_and(|bytes| bytes.len() == 32);
        let next = String::from_utf8(URL_SAFE_NO_PAD.decode(next).ok()?).ok()?;
        whole.then(|| Self { secret: secret.to_owned(), next })
    }

    /// What comes back beside the code: that the answer is this sign-in's (RFC 6749, 10.12).
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// What stands in the token: that it was made for this sign-in (OpenID Connect Core, 15.5.2).
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// What only this browser's cookie can show for the code (RFC 7636): 43 characters, the least that it may have.
    pub fn verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.derived("verifier"))
    }

    /// In a time that says nothing about where the two differ.
    pub fn is_of(&self, state: &str) -> bool {
        self.state().as_bytes().ct_eq(state.as_bytes()).into()
    }

    /// State and nonce are seen by the provider and stand in addresses: neither leads back to the secret nor to the verifier.
    fn derived(&self, label: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("kneeboard oidc {label} {}", self.secret)))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}
