//! Passwords: how long they must be, and Argon2id with the parameters that OWASP recommends (19 MiB, 2 passes, 1 lane).
//! <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>

use super::AuthError;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Argon2, Params};
use rand::TryRngCore;
use rand::rngs::OsRng;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Shortest password, in bytes.
pub const SHORTEST: usize = 12;
/// Longest password, in bytes: hashing costs time by length.
pub const LONGEST: usize = 1024;

/// How many are hashed at once: each takes 19 MiB and a core, and sign-ins must not starve the runs.
const AT_ONCE: usize = 2;

/// Compared with when nobody has the name that was given, so that the answer takes as long as for a name that exists. It has the
/// form of a hash with the parameters above and is none: no password leads to it.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$a25lZWJvYXJkbm9ib2R5$MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA";

/// A password that is long enough to be given to somebody. Not printed by `Debug`.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// # Errors
    /// Too short or too long.
    pub fn parse(text: &str) -> Result<Self, AuthError> {
        if (SHORTEST..=LONGEST).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AuthError::PasswordLength { came: text.len() })
        }
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Hashes and compares, off the runtime's threads and a few at a time. Cheap to clone.
#[derive(Clone)]
pub struct Hashing {
    places: Arc<Semaphore>,
}

impl Hashing {
    pub fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// A PHC string to store.
    ///
    /// # Errors
    /// No random numbers, or no memory.
    pub async fn hash(&self, password: &Password) -> Result<String, AuthError> {
        let password = password.0.clone();
        self.at_a_place(move || {
            let mut salt = [0; 16];
            OsRng.try_fill_bytes(&mut salt).map_err(|error| error.to_string())?;
            let salt = SaltString::encode_b64(&salt).map_err(|error| error.to_string())?;
            let hash =
                argon2().hash_password(password.as_bytes(), &salt).map_err(|error| error.to_string())?;
            Ok(hash.to_string())
        })
        .await
        .and_then(|hash| hash.map_err(AuthError::Hashing))
    }

    /// Whether a password leads to a stored hash; without one it takes as long and says no.
    ///
    /// # Errors
    /// No memory.
    pub async fn matches(&self, password: &str, stored: Option<String>) -> Result<bool, AuthError> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        let password = password.to_owned();
        self.at_a_place(move || {
            let stored = stored.as_deref().unwrap_or(NOBODYS);
            PasswordHash::new(stored)
                .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
    }

    async fn at_a_place<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let place = self.places.clone().acquire_owned().await;
        let worked = spawn_blocking(move || {
            let _place = place;
            work()
        });
        worked.await.map_err(|error| AuthError::Hashing(error.to_string()))
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, Params::DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_leads_to_its_own_hash_only() {
        let hashing = Hashing::new();
        let hash = hashing.hash(&Password::parse("correct horse").unwrap()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hashing.matches("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!hashing.matches("correct horse ", Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobodys_hash_is_well_formed_and_costs_what_a_real_one_does() {
        let nobody = PasswordHash::new(NOBODYS).unwrap();
        let cost = |params: Params| (params.m_cost(), params.t_cost(), params.p_cost());
        assert_eq!(cost(Params::try_from(&nobody).unwrap()), cost(Params::DEFAULT));
        assert!(!Hashing::new().matches("anything at all", None).await.unwrap());
    }

    #[test]
    fn eleven_characters_are_too_few() {
        let error = Password::parse("elevenchars").unwrap_err();
        assert_eq!(error.to_string(), "expected a password of 12 to 1024 bytes, came 11");
    }
}
