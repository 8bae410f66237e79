//! What lets people in, as they look at it: their open sessions and their API tokens. Each ends their own; an admin those of everybody.

use super::{Auth, AuthError, Hashed, Identity, PersonName, Session, Token, Via};
use crate::run::{Ms, Permission};
use serde::Deserialize;

/// What one person may see of sessions and tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The last seen first.
    pub sessions: Vec<Session>,
    /// Also those whose time is over.
    pub tokens: Vec<Token>,
    /// Whether they are everybody's.
    pub all: bool,
}

/// The one that is to end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Key {
    Session { id: String },
    Token { person: String, name: String },
}

impl Auth {
    /// # Errors
    /// The state cannot be read.
    pub async fn keys(&self, identity: &Identity, now: Ms) -> Result<Keys, AuthError> {
        let name = &identity.actor.name;
        let all = keeps_people(identity);
        let mut sessions = self.sessions.all(now).await?;
        let mut tokens = self.tokens.list().await?;
        if !all {
            sessions.retain(|session| session.person == *name);
            tokens.retain(|token| token.person == *name);
        }
        Ok(Keys { sessions, tokens, all })
    }

    /// Ends one, with the streams that hang on it.
    ///
    /// # Errors
    /// It is somebody else's, or gone, or the state cannot be written.
    pub async fn end(&self, key: &Key, identity: &Identity, now: Ms) -> Result<(), AuthError> {
        // A script that was stolen does not lock its owner out.
        if !matches!(identity.via, Via::Session(_)) {
            return Err(AuthError::NotYours);
        }
        match key {
            Key::Session { id } => {
                let sessions = self.keys(identity, now).await?.sessions;
                let found = sessions.iter().find(|session| session.id == *id);
                self.sessions.revoke(&Hashed::read(&found.ok_or(AuthError::NoSuchSession)?.id)).await
            }
            Key::Token { person, name } if *person == identity.actor.name || keeps_people(identity) => {
                self.tokens.revoke(&PersonName::parse(person)?, name).await
            }
            Key::Token { .. } => Err(AuthError::NotYours),
        }
    }
}

/// A token has no session that could be looked at, whatever its person may.
fn keeps_people(identity: &Identity) -> bool {
    identity.actor.may(Permission::Admin) && matches!(identity.via, Via::Session(_))
}
