//! Sessions: who signed in, from where, and until when. Kept on the server, so that each can be ended at any moment.

use super::person::actor_of;
use super::{AuthError, Hashed, Identity, PersonName, Secret, Via};
use crate::run::{Actor, Ms, Proof};
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};
use std::sync::Arc;
use tokio::sync::watch;

/// A session ends when nothing was asked in it for this long.
pub const IDLE: Ms = 12 * 60 * 60 * 1000;

/// How late `seen_at` may be: not every request is worth a write.
const SEEN_EVERY: Ms = 60 * 1000;

/// For so long a session is new.
const NEW: Ms = 5 * 60 * 1000;

/// Longest description of a browser that is kept, in characters.
const LONGEST_AGENT: usize = 200;

/// Cheap to clone; clones share the bell.
#[derive(Clone)]
pub struct Sessions {
    pool: AnyPool,
    revoked: Arc<watch::Sender<()>>,
}

/// A session as its person may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    pub id: String,
    pub person: String,
    pub address: String,
    pub agent: String,
    pub created_at: Ms,
    pub seen_at: Ms,
    pub expires_at: Ms,
}

/// What the pages of a session know and nobody else: it leads back neither to the cookie nor to what is stored.
fn screen(hash: &Hashed) -> String {
    Hashed::of(&format!("screen {}", hash.as_str())).as_str().to_owned()
}

impl Sessions {
    pub(super) fn new(pool: AnyPool) -> Self {
        Self { pool, revoked: Arc::new(watch::Sender::new(())) }
    }

    /// Opens a session and gives the secret for the cookie.
    ///
    /// # Errors
    /// The state cannot be written.
    pub async fn open(
        &self,
        person: &PersonName,
        address: &str,
        agent: &str,
        now: Ms,
    ) -> Result<Secret, AuthError> {
        let secret = Secret::random("").map_err(|error| AuthError::Hashing(error.to_string()))?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(&self.pool).await?;
        sqlx::query(
            "INSERT INTO sessions (hash, person, address, agent, created_at, seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $5, $6)",
        )
        .bind(secret.hashed().as_str())
        .bind(person.as_str())
        .bind(address)
        .bind(agent.chars().take(LONGEST_AGENT).collect::<String>())
        .bind(now)
        .bind(now + IDLE)
        .execute(&self.pool)
        .await?;
        Ok(secret)
    }

    /// Who is behind a session, if it is good; moves its end.
    ///
    /// # Errors
    /// The state cannot be read or written.
    pub async fn identify(&self, hash: &Hashed, now: Ms) -> Result<Option<Identity>, sqlx::Error> {
        let Some((identity, seen_at)) = self.find(hash, now).await? else { return Ok(None) };
        if now - seen_at >= SEEN_EVERY {
            sqlx::query("UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE hash = $1")
                .bind(hash.as_str())
                .bind(now)
                .bind(now + IDLE)
                .execute(&self.pool)
                .await?;
        }
        Ok(Some(identity))
    }

    /// As `identify`, but only looks; with the time it was last seen.
    pub(super) async fn find(&self, hash: &Hashed, now: Ms) -> Result<Option<(Identity, Ms)>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT p.name, p.permissions, p.grants, p.sign_off_roles, s.seen_at, s.factor_at, f.confirmed_at
             FROM sessions s JOIN people p ON p.name = s.person LEFT JOIN second_factors f ON f.person = p.name
             WHERE s.hash = $1 AND s.expires_at > $2 AND p.disabled_at IS NULL",
        )
        .bind(hash.as_str())
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let has_factor = row.try_get::<Option<i64>, _>("confirmed_at")?.is_some();
            let proof = Proof::Session { has_factor, shown: row.try_get("factor_at")? };
            let actor = Actor { screen: Some(screen(hash)), proof, ..actor_of(&row)? };
            let identity = Identity { actor, via: Via::Session(hash.clone()) };
            Ok((identity, row.try_get("seen_at")?))
        })
        .transpose()
    }

    /// The second factor was shown in a session.
    pub(super) async fn factor_shown(&self, hash: &Hashed, now: Ms) -> Result<(), AuthError> {
        sqlx::query("UPDATE sessions SET factor_at = $2 WHERE hash = $1")
            .bind(hash.as_str())
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whether a session was opened just now: within five minutes. A time to come, of a clock that was set back, is not now.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn is_new(&self, hash: &Hashed, now: Ms) -> Result<bool, AuthError> {
        let row = sqlx::query("SELECT created_at FROM sessions WHERE hash = $1").bind(hash.as_str());
        let row = row.fetch_optional(&self.pool).await?;
        let opened = row.map(|row| row.try_get::<Ms, _>(0)).transpose()?;
        Ok(opened.is_some_and(|opened| (0..=NEW).contains(&(now - opened))))
    }

    /// The good sessions of a person, the last seen first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn list(&self, person: &PersonName, now: Ms) -> Result<Vec<Session>, AuthError> {
        let rows = sqlx::query(
            "SELECT hash, person, address, agent, created_at, seen_at, expires_at FROM sessions
             WHERE person = $1 AND expires_at > $2 ORDER BY seen_at DESC, hash",
        )
        .bind(person.as_str())
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(session).collect::<Result<_, _>>()?)
    }

    /// The good sessions of everybody, the last seen first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn all(&self, now: Ms) -> Result<Vec<Session>, AuthError> {
        let rows = sqlx::query(
            "SELECT hash, person, address, agent, created_at, seen_at, expires_at FROM sessions
             WHERE expires_at > $1 ORDER BY seen_at DESC, hash",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(session).collect::<Result<_, _>>()?)
    }

    /// Ends one session; no harm if it is gone already.
    ///
    /// # Errors
    /// The state cannot be written.
    pub async fn revoke(&self, hash: &Hashed) -> Result<(), AuthError> {
        sqlx::query("DELETE FROM sessions WHERE hash = $1").bind(hash.as_str()).execute(&self.pool).await?;
        self.ring();
        Ok(())
    }

    /// Ends all sessions of a person.
    ///
    /// # Errors
    /// The state cannot be written.
    pub async fn revoke_all(&self, person: &PersonName) -> Result<(), AuthError> {
        sqlx::query("DELETE FROM sessions WHERE person = $1")
            .bind(person.as_str())
            .execute(&self.pool)
            .await?;
        self.ring();
        Ok(())
    }

    /// Rings when a session or a token was ended by this process: look again whether yours is good. What another process ended
    /// (the command line, a second console) is found by looking now and then.
    pub fn bell(&self) -> watch::Receiver<()> {
        self.revoked.subscribe()
    }

    pub(super) fn ring(&self) {
        self.revoked.send_replace(());
    }
}

fn session(row: &AnyRow) -> Result<Session, sqlx::Error> {
    Ok(Session {
        id: row.try_get("hash")?,
        person: row.try_get("person")?,
        address: row.try_get("address")?,
        agent: row.try_get("agent")?,
        created_at: row.try_get("created_at")?,
        seen_at: row.try_get("seen_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}
