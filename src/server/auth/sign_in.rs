//! Signing in, with name and password or by an account at another provider: limited. A password gives away nothing about who exists.

use super::limit::{Limiter, Rate, network};
use super::{Account, AccountError, People, PersonName, Secret, Sessions, SignInError};
use crate::run::Ms;
use std::net::IpAddr;
use std::sync::Arc;

/// Of one name from one address: nobody locks a colleague out from elsewhere.
const OF_A_NAME: Rate = Rate { burst: 5, interval: 30_000 };

/// Of one address, whatever the names.
const OF_AN_ADDRESS: Rate = Rate { burst: 50, interval: 2_000 };

/// Cheap to clone; clones share what they have counted.
#[derive(Clone)]
pub struct SignIn {
    people: People,
    sessions: Sessions,
    by_name: Arc<Limiter>,
    by_address: Arc<Limiter>,
}

impl SignIn {
    pub(super) fn new(people: People, sessions: Sessions) -> Self {
        let (by_name, by_address) = (Limiter::new(OF_A_NAME), Limiter::new(OF_AN_ADDRESS));
        Self { people, sessions, by_name: Arc::new(by_name), by_address: Arc::new(by_address) }
    }

    /// Opens a session for the right password and gives the secret for the cookie.
    ///
    /// # Errors
    /// Wrong, too often wrong, or the state fails.
    pub async fn with_password(
        &self,
        name: &str,
        password: &str,
        address: IpAddr,
        agent: &str,
        now: Ms,
    ) -> Result<Secret, SignInError> {
        let name = self.check(name, password, address, now).await?;
        Ok(self.sessions.open(&name, &address.to_string(), agent, now).await?)
    }

    /// Whose password it is.
    ///
    /// # Errors
    /// Wrong, too often wrong, or the state fails.
    pub async fn check(
        &self,
        name: &str,
        password: &str,
        address: IpAddr,
        now: Ms,
    ) -> Result<PersonName, SignInError> {
        let network = network(address);
        let name = PersonName::parse(name);
        let of_name = (name.as_ref().map(PersonName::as_str).unwrap_or_default(), network);
        self.by_address.take(&network, now).map_err(|wait_ms| SignInError::TooMany { wait_ms })?;
        self.by_name.take(&of_name, now).map_err(|wait_ms| SignInError::TooMany { wait_ms })?;
        let stored = match &name {
            Ok(name) => self.people.password_of(name).await?,
            Err(_) => None,
        };
        let matches = self.people.hashing.matches(password, stored).await?;
        if !matches {
            return Err(SignInError::Wrong);
        }
        self.by_address.give_back(&network);
        self.by_name.give_back(&of_name);
        name.map_err(|_| SignInError::Wrong)
    }

    /// Takes one try of an address, for what is to be looked into before it is known whether it is good.
    ///
    /// # Errors
    /// Too often.
    pub fn take_try(&self, address: IpAddr, now: Ms) -> Result<(), SignInError> {
        self.by_address.take(&network(address), now).map_err(|wait_ms| SignInError::TooMany { wait_ms })
    }

    /// Opens a session for the person of an account that has proven itself, and gives the try back. `name` is the person's that the
    /// account becomes bound to, where it is nobody's yet.
    ///
    /// # Errors
    /// It lets nobody in, or the state fails.
    pub async fn with_account(
        &self,
        account: &Account,
        name: Option<&PersonName>,
        address: IpAddr,
        agent: &str,
        now: Ms,
    ) -> Result<Secret, AccountError> {
        let person = self.people.of_account(account, name).await?;
        self.by_address.give_back(&network(address));
        Ok(self.sessions.open(&person, &address.to_string(), agent, now).await?)
    }
}
