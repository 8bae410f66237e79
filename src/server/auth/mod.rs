//! People, how they sign in, and the sessions and API tokens by which they are known afterwards. What a person may do is decided in
//! `run::decide`; cookies and headers are the web's matter.

mod account;
mod error;
mod factor;
mod identity;
mod keys;
mod limit;
mod password;
mod people;
mod person;
mod secret;
mod sessions;
mod sign_in;
#[cfg(test)]
mod tests;
mod tokens;

pub use account::{Account, AccountError};
pub use error::{AuthError, SignInError};
pub use factor::{FactorError, Factors, NewFactor};
pub use identity::{Identity, Via};
pub use keys::{Key, Keys};
pub use limit::{Limiter, Rate, network};
pub use password::Password;
pub use people::People;
pub use person::{NotAName, Person, PersonName};
pub use secret::{Hashed, Secret};
pub use sessions::{Session, Sessions};
pub use sign_in::SignIn;
pub use tokens::{Scope, Token, Tokens};

use crate::run::Ms;
use sqlx::AnyPool;

/// The room's one door. Cheap to clone.
#[derive(Clone)]
pub struct Auth {
    pub people: People,
    pub sessions: Sessions,
    pub tokens: Tokens,
    pub sign_in: SignIn,
    pub factors: Factors,
}

impl Auth {
    /// On a state whose schema is up to date.
    pub fn new(pool: &AnyPool) -> Self {
        let sessions = Sessions::new(pool.clone());
        let people = People::new(pool.clone(), sessions.clone());
        let tokens = Tokens::new(pool.clone(), sessions.clone());
        let sign_in = SignIn::new(people.clone(), sessions.clone());
        let factors = Factors::new(pool.clone(), sessions.clone());
        Self { people, sessions, tokens, sign_in, factors }
    }

    /// Whether the session or token behind an identity is still good, and its person may still see anything, for what lasts longer than a request.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn still_good(&self, identity: &Identity, now: Ms) -> Result<bool, sqlx::Error> {
        Ok(match &identity.via {
            Via::Session(hash) => {
                self.sessions.find(hash, now).await?.is_some_and(|(found, _)| found.actor.may_see())
            }
            Via::Token { hash, .. } => {
                self.tokens.find(hash, now).await?.is_some_and(|found| found.actor.may_see())
            }
        })
    }
}
