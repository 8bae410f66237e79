//! The second factor: six digits that change every 30 s (RFC 6238), from a secret that a person's authenticator has. A code counts
//! once, whoever shows it, and wrong ones are limited. Which commands take one is decided in `run::decide`.

use super::limit::{Limiter, Rate};
use super::{AuthError, Hashed, PersonName, Sessions};
use crate::run::Ms;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sqlx::{AnyPool, Row};
use std::sync::Arc;
use totp_rs::{Builder, Secret, Totp};

/// Of one person, whatever the session: at this rate a guesser, who has three good codes in a million to meet, needs eighty days for an
/// even chance.
const CODES: Rate = Rate { burst: 5, interval: 30_000 };

/// Recommended by RFC 4226, section 4: 160 bits.
const SECRET: usize = 20;

/// What authenticators show above the code.
const ISSUER: &str = "Kneeboard";

/// Cheap to clone; clones share what they have counted.
#[derive(Clone)]
pub struct Factors {
    pool: AnyPool,
    sessions: Sessions,
    tries: Arc<Limiter>,
}

/// A secret that a person is to take into their authenticator. Not printed by `Debug`.
pub struct NewFactor(Totp);

/// Why a code did not count.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    #[error("The code is wrong, or it was used already: each is good once.")]
    Wrong,
    #[error("Too many wrong codes. Try again in {} s.", (.wait_ms + 999) / 1000)]
    TooMany { wait_ms: Ms },
    #[error("There is no second factor.")]
    None,
    #[error("There is a second factor already.")]
    Exists,
    #[error(transparent)]
    Failed(#[from] AuthError),
}

impl From<sqlx::Error> for FactorError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl NewFactor {
    /// For authenticators that take an address or a picture of it: `otpauth://totp/...`.
    pub fn url(&self) -> String {
        self.0.to_url().unwrap_or_default()
    }

    /// For those into which it is typed: base 32.
    pub fn secret(&self) -> String {
        self.0.secret().to_base32()
    }
}

impl std::fmt::Debug for NewFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewFactor(…)")
    }
}

impl Factors {
    pub(super) fn new(pool: AnyPool, sessions: Sessions) -> Self {
        Self { pool, sessions, tries: Arc::new(Limiter::new(CODES)) }
    }

    /// Makes a secret, in the place of one that was never confirmed. It counts once a code of it was shown. `session`: the one that asks,
    /// which alone sees it and confirms it, so that no other session of the person learns it on the way; none at the terminal.
    ///
    /// # Errors
    /// The person has a second factor, or the state cannot be written.
    pub async fn begin(
        &self,
        person: &PersonName,
        session: Option<&Hashed>,
        now: Ms,
    ) -> Result<NewFactor, FactorError> {
        let mut bytes = [0; SECRET];
        OsRng.try_fill_bytes(&mut bytes).map_err(|error| AuthError::Hashing(error.to_string()))?;
        let factor = totp(person, Secret::new(bytes.into()))?;
        let made = sqlx::query(
            "INSERT INTO second_factors (person, secret, session, created_at, last_step) VALUES ($1, $2, $3, $4, 0)
             ON CONFLICT (person) DO UPDATE
             SET secret = excluded.secret, session = excluded.session, created_at = excluded.created_at, last_step = 0
             WHERE second_factors.confirmed_at IS NULL",
        )
        .bind(person.as_str())
        .bind(factor.secret().to_base32())
        .bind(session.map(|session| session.as_str().to_owned()))
        .bind(now)
        .execute(&self.pool)
        .await?;
        if made.rows_affected() == 1 { Ok(NewFactor(factor)) } else { Err(FactorError::Exists) }
    }

    /// The secret that this session asked for and nobody has confirmed yet.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn begun(&self, person: &PersonName, session: &Hashed) -> Result<Option<NewFactor>, AuthError> {
        Ok(self.stored(person, Stored::Begun(Some(session))).await?.map(NewFactor))
    }

    /// Takes the first code of a new secret: from now on it is the person's second factor.
    ///
    /// # Errors
    /// The code is wrong, there were too many, or no secret was made.
    pub async fn confirm(
        &self,
        person: &PersonName,
        session: Option<&Hashed>,
        code: &str,
        now: Ms,
    ) -> Result<(), FactorError> {
        let step = self.check(person, Stored::Begun(session), code, now).await?;
        let confirmed = sqlx::query(
            "UPDATE second_factors SET confirmed_at = $2, last_step = $3 WHERE person = $1 AND confirmed_at IS NULL",
        )
        .bind(person.as_str())
        .bind(now)
        .bind(step)
        .execute(&self.pool)
        .await?;
        if confirmed.rows_affected() == 1 { Ok(()) } else { Err(FactorError::None) }
    }

    /// Takes a code of the second factor, and remembers for the session that it was shown.
    ///
    /// # Errors
    /// The code is wrong or was used, there were too many, or the person has no second factor.
    pub async fn show(
        &self,
        person: &PersonName,
        session: &Hashed,
        code: &str,
        now: Ms,
    ) -> Result<(), FactorError> {
        self.take(person, code, now).await?;
        Ok(self.sessions.factor_shown(session, now).await?)
    }

    /// Takes the second factor away, for a code of it.
    ///
    /// # Errors
    /// As [`Factors::show`].
    pub async fn remove(&self, person: &PersonName, code: &str, now: Ms) -> Result<(), FactorError> {
        self.take(person, code, now).await?;
        Ok(self.delete(person).await?)
    }

    /// Takes it away without a code, for somebody who has lost theirs. Their sessions end.
    ///
    /// # Errors
    /// The state cannot be written.
    pub async fn reset(&self, person: &PersonName) -> Result<(), AuthError> {
        self.delete(person).await?;
        self.sessions.revoke_all(person).await
    }

    async fn delete(&self, person: &PersonName) -> Result<(), AuthError> {
        let gone = sqlx::query("DELETE FROM second_factors WHERE person = $1").bind(person.as_str());
        gone.execute(&self.pool).await?;
        Ok(())
    }

    /// Of two who show the same code at once, the state tells who was first.
    async fn take(&self, person: &PersonName, code: &str, now: Ms) -> Result<(), FactorError> {
        let step = self.check(person, Stored::Confirmed, code, now).await?;
        let first =
            sqlx::query("UPDATE second_factors SET last_step = $2 WHERE person = $1 AND last_step < $2")
                .bind(person.as_str())
                .bind(step)
                .execute(&self.pool)
                .await?;
        if first.rows_affected() == 1 { Ok(()) } else { Err(FactorError::Wrong) }
    }

    /// The time step to which a code belongs: the present one, or one beside it.
    async fn check(
        &self,
        person: &PersonName,
        which: Stored<'_>,
        code: &str,
        now: Ms,
    ) -> Result<i64, FactorError> {
        let Some(totp) = self.stored(person, which).await? else { return Err(FactorError::None) };
        self.tries.take(&person.as_str(), now).map_err(|wait_ms| FactorError::TooMany { wait_ms })?;
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = totp.check(&digits, now.unsigned_abs() / 1000).ok_or(FactorError::Wrong)?;
        self.tries.give_back(&person.as_str());
        Ok(step.cast_signed())
    }

    async fn stored(&self, person: &PersonName, which: Stored<'_>) -> Result<Option<Totp>, AuthError> {
        let row = sqlx::query("SELECT secret, session, confirmed_at FROM second_factors WHERE person = $1")
            .bind(person.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let confirmed = row.try_get::<Option<i64>, _>("confirmed_at")?.is_some();
        let session: Option<String> = row.try_get("session")?;
        let this = match which {
            Stored::Confirmed => confirmed,
            Stored::Begun(by) => !confirmed && session.as_deref() == by.map(Hashed::as_str),
        };
        if !this {
            return Ok(None);
        }
        let secret = Secret::try_from_base32(row.try_get::<String, _>("secret")?);
        let secret = secret.map_err(|error| sqlx::Error::Decode(format!("{error:?}").into()))?;
        totp(person, secret).map(Some)
    }
}

/// Which of a person's secrets is meant: the one that counts, or the one that a session (none: the terminal) asked for.
enum Stored<'a> {
    Confirmed,
    Begun(Option<&'a Hashed>),
}

/// SHA-1, six digits, 30 s, one step early or late (RFC 6238, section 5.2): what every authenticator can.
fn totp(person: &PersonName, secret: Secret) -> Result<Totp, AuthError> {
    let builder =
        Builder::new().with_secret(secret).with_issuer(Some(ISSUER)).with_account_name(person.as_str());
    builder.build().map_err(|error| AuthError::Hashing(error.to_string()))
}
