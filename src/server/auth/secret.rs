//! Secrets that let somebody in, and the hashes by which the state knows them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use std::fmt;

/// 256 random bits as text, given out once. Neither printed by `Debug` nor stored.
pub struct Secret(String);

/// SHA-256 of a secret in hexadecimal. Enough without salt or stretching: nobody guesses 256 random bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hashed(String);

impl Secret {
    /// A new one, behind a prefix that tells people and scanners of leaked secrets what it is.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub fn random(prefix: &str) -> Result<Self, rand::rand_core::OsError> {
        let mut bytes = [0; 32];
        OsRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn hashed(&self) -> Hashed {
        Hashed::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Hashed {
    /// Of what somebody showed.
    pub fn of(shown: &str) -> Self {
        Self(Sha256::digest(shown.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// As the state has it.
    pub(super) fn read(kept: &str) -> Self {
        Self(kept.to_owned())
    }

    /// Not secret: it serves as the id of a session or a token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
