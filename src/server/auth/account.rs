//! Accounts at another provider, and the people whom they let in. No account makes a person: it is bound to one that is kept here.

use super::{AuthError, People, PersonName};
use serde::Serialize;
use sqlx::Row;

/// An account as its provider knows it for ever, whatever its e-mail address or name becomes (OpenID Connect Core, 5.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    pub issuer: String,
    pub subject: String,
}

/// Why an account lets nobody in. It has been proven, so its owner may know.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("Nobody is bound to this account yet, and it does not say who that would be.")]
    NoName,
    #[error("There is nobody called {0} on this console.")]
    Nobody(PersonName),
    #[error("{0} is bound to another account of a provider, and this one has the same name.")]
    Taken(PersonName),
    #[error("{0} may not sign in any more.")]
    Disabled(String),
    #[error(transparent)]
    Failed(#[from] AuthError),
}

impl From<sqlx::Error> for AccountError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl People {
    /// The person of an account. The first account that shows a person's name becomes theirs, once and for all: it is the only one
    /// then, under whatever name.
    ///
    /// # Errors
    /// It is nobody's, its name is another account's person, that person is disabled, or the state cannot be read or written.
    pub(super) async fn of_account(
        &self,
        account: &Account,
        name: Option<&PersonName>,
    ) -> Result<PersonName, AccountError> {
        if let Some(person) = self.bound(account).await? {
            return Ok(person);
        }
        let name = name.ok_or(AccountError::NoName)?;
        if self.bind(name, account).await? {
            tracing::info!(person = %name, issuer = account.issuer, "is bound to an account from now on");
            return Ok(name.clone());
        }
        // The same account may have come twice at once, and the other was first.
        if let Some(person) = self.bound(account).await? {
            return Ok(person);
        }
        let row = sqlx::query("SELECT disabled_at FROM people WHERE name = $1").bind(name.as_str());
        let row = row.fetch_optional(&self.pool).await?.ok_or_else(|| AccountError::Nobody(name.clone()))?;
        match row.try_get::<Option<i64>, _>(0)? {
            Some(_) => Err(AccountError::Disabled(name.to_string())),
            None => Err(AccountError::Taken(name.clone())),
        }
    }

    async fn bound(&self, account: &Account) -> Result<Option<PersonName>, AccountError> {
        let row =
            sqlx::query("SELECT name, disabled_at FROM people WHERE oidc_issuer = $1 AND oidc_subject = $2");
        let row = row.bind(&account.issuer).bind(&account.subject).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        let name: String = row.try_get("name")?;
        if row.try_get::<Option<i64>, _>("disabled_at")?.is_some() {
            return Err(AccountError::Disabled(name));
        }
        Ok(Some(PersonName::parse(&name).map_err(AuthError::from)?))
    }

    /// Whether it was done: one statement, so that of two accounts at once one is first.
    async fn bind(&self, name: &PersonName, account: &Account) -> Result<bool, AccountError> {
        let bound = sqlx::query(
            "UPDATE people SET oidc_issuer = $2, oidc_subject = $3
             WHERE name = $1 AND oidc_subject IS NULL AND disabled_at IS NULL",
        )
        .bind(name.as_str())
        .bind(&account.issuer)
        .bind(&account.subject)
        .execute(&self.pool)
        .await;
        match bound {
            Ok(bound) => Ok(bound.rows_affected() == 1),
            // The account was bound to somebody else meanwhile.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets another account become the person's, and ends what the one before has opened.
    ///
    /// # Errors
    /// Nobody has the name, no account is bound to it, or the state cannot be written.
    pub async fn unlink(&self, name: &PersonName) -> Result<(), AuthError> {
        let unlinked = sqlx::query(
            "UPDATE people SET oidc_issuer = NULL, oidc_subject = NULL WHERE name = $1 AND oidc_subject IS NOT NULL",
        );
        if unlinked.bind(name.as_str()).execute(&self.pool).await?.rows_affected() == 1 {
            return self.sessions.revoke_all(name).await;
        }
        let known = sqlx::query("SELECT 1 FROM people WHERE name = $1").bind(name.as_str());
        Err(match known.fetch_optional(&self.pool).await? {
            Some(_) => AuthError::NotBound(name.to_string()),
            None => AuthError::NoSuchPerson(name.to_string()),
        })
    }
}
