//! API tokens: for scripts, each with a name, a scope and an end.

use super::person::actor_of;
use super::{AuthError, Hashed, Identity, PersonName, Secret, Sessions, Via};
use crate::run::{Actor, Ms, Permission};
use serde::{Deserialize, Serialize};
use sqlx::{AnyPool, Row};

/// What a token begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "kb_";

/// What a token may be used for; it does nothing that its person may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// See runs, targets and logs.
    Read,
    /// All that the person may do, except what takes an admin.
    Operate,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    pool: AnyPool,
    sessions: Sessions,
}

/// A token as lists show it. The secret is known to its holder alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    pub person: String,
    pub name: String,
    pub scope: Scope,
    pub created_at: Ms,
    pub expires_at: Ms,
}

impl Scope {
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Read, Self::Operate].into_iter().find(|scope| scope.word() == word)
    }

    /// The person with what the scope leaves them: to see, in any case, which whoever may do anything may.
    fn narrow(self, mut person: Actor) -> Actor {
        if !person.may_see() {
            return person;
        }
        match self {
            Self::Read => {
                person.permissions.clear();
                person.grants.clear();
                person.sign_off_roles.clear();
            }
            Self::Operate => person.permissions.retain(|permission| *permission != Permission::Admin),
        }
        person.permissions.insert(Permission::Viewer);
        person
    }
}

impl Tokens {
    pub(super) fn new(pool: AnyPool, sessions: Sessions) -> Self {
        Self { pool, sessions }
    }

    /// Makes a token; its secret is never to be seen again.
    ///
    /// # Errors
    /// The person does not exist or has a token of this name, or the state cannot be written.
    pub async fn add(
        &self,
        person: &PersonName,
        name: &str,
        scope: Scope,
        expires_at: Ms,
        now: Ms,
    ) -> Result<Secret, AuthError> {
        let name = word("token name", name)?;
        let known = sqlx::query("SELECT name FROM people WHERE name = $1").bind(person.as_str());
        if known.fetch_optional(&self.pool).await?.is_none() {
            return Err(AuthError::NoSuchPerson(person.to_string()));
        }
        let secret = Secret::random(PREFIX).map_err(|error| AuthError::Hashing(error.to_string()))?;
        let added = sqlx::query(
            "INSERT INTO api_tokens (hash, person, name, scope, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person, name) DO NOTHING",
        )
        .bind(secret.hashed().as_str())
        .bind(person.as_str())
        .bind(name)
        .bind(scope.word())
        .bind(now)
        .bind(expires_at)
        .execute(&self.pool)
        .await?;
        match added.rows_affected() {
            1 => Ok(secret),
            _ => Err(AuthError::TokenExists(person.to_string(), name.to_owned())),
        }
    }

    /// Who is behind a token, if it is good.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn identify(&self, shown: &str, now: Ms) -> Result<Option<Identity>, sqlx::Error> {
        if !shown.starts_with(PREFIX) {
            return Ok(None);
        }
        self.find(&Hashed::of(shown), now).await
    }

    pub(super) async fn find(&self, hash: &Hashed, now: Ms) -> Result<Option<Identity>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT p.name, p.permissions, p.grants, p.sign_off_roles, t.scope
             FROM api_tokens t JOIN people p ON p.name = t.person
             WHERE t.hash = $1 AND t.expires_at > $2 AND p.disabled_at IS NULL",
        )
        .bind(hash.as_str())
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let scope = read_scope(&row.try_get::<String, _>("scope")?)?;
            let via = Via::Token { hash: hash.clone(), scope };
            Ok(Identity { actor: scope.narrow(actor_of(&row)?), via })
        })
        .transpose()
    }

    /// Of everybody, also those whose time is over.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn list(&self) -> Result<Vec<Token>, AuthError> {
        let rows = sqlx::query(
            "SELECT person, name, scope, created_at, expires_at FROM api_tokens ORDER BY person, name",
        )
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok::<_, sqlx::Error>(Token {
                person: row.try_get("person")?,
                name: row.try_get("name")?,
                scope: read_scope(&row.try_get::<String, _>("scope")?)?,
                created_at: row.try_get("created_at")?,
                expires_at: row.try_get("expires_at")?,
            })
        };
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// # Errors
    /// The person has no token of this name, or the state cannot be written.
    pub async fn revoke(&self, person: &PersonName, name: &str) -> Result<(), AuthError> {
        let gone = sqlx::query("DELETE FROM api_tokens WHERE person = $1 AND name = $2")
            .bind(person.as_str())
            .bind(name)
            .execute(&self.pool)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(AuthError::NoSuchToken(name.to_owned()));
        }
        self.sessions.ring();
        Ok(())
    }
}

fn read_scope(word: &str) -> Result<Scope, sqlx::Error> {
    Scope::parse(word).ok_or_else(|| sqlx::Error::Decode(format!("no such scope: {word}").into()))
}

fn word<'a>(what: &'static str, text: &'a str) -> Result<&'a str, AuthError> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if (1..=64).contains(&text.len()) && text.chars().all(good) {
        Ok(text)
    } else {
        Err(AuthError::Word { what, came: text.chars().take(80).collect() })
    }
}
