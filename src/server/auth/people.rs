//! The people who may sign in: adding, listing, disabling, new passwords.

use super::password::Hashing;
use super::person::actor_of;
use super::{AuthError, Password, Person, PersonName, Sessions};
use crate::run::{Actor, Grant, Ms, Permission, Place};
use crate::runbook::Id;
use sqlx::{AnyPool, Row};
use std::collections::BTreeSet;

/// What the state holds for a person who has none.
pub(super) const NO_PASSWORD: &str = "";

/// Cheap to clone.
#[derive(Clone)]
pub struct People {
    pub(super) pool: AnyPool,
    pub(super) sessions: Sessions,
    pub(super) hashing: Hashing,
}

impl People {
    pub(super) fn new(pool: AnyPool, sessions: Sessions) -> Self {
        Self { pool, sessions, hashing: Hashing::new() }
    }

    /// # Errors
    /// The name is taken, or the state cannot be written.
    pub async fn add(
        &self,
        name: &PersonName,
        password: &Password,
        permissions: &BTreeSet<Permission>,
        sign_off_roles: &BTreeSet<Id>,
        now: Ms,
    ) -> Result<(), AuthError> {
        let hash = self.hashing.hash(password).await?;
        self.insert(name, &hash, permissions, sign_off_roles, now).await
    }

    /// Somebody who signs in by another provider only.
    ///
    /// # Errors
    /// As `add`.
    pub async fn add_without_password(
        &self,
        name: &PersonName,
        permissions: &BTreeSet<Permission>,
        sign_off_roles: &BTreeSet<Id>,
        now: Ms,
    ) -> Result<(), AuthError> {
        self.insert(name, NO_PASSWORD, permissions, sign_off_roles, now).await
    }

    async fn insert(
        &self,
        name: &PersonName,
        hash: &str,
        permissions: &BTreeSet<Permission>,
        sign_off_roles: &BTreeSet<Id>,
        now: Ms,
    ) -> Result<(), AuthError> {
        let added = sqlx::query(
            "INSERT INTO people (name, password, permissions, sign_off_roles, created_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name.as_str())
        .bind(hash)
        .bind(json(permissions))
        .bind(json(sign_off_roles))
        .bind(now)
        .execute(&self.pool)
        .await?;
        if added.rows_affected() == 1 { Ok(()) } else { Err(AuthError::PersonExists(name.to_string())) }
    }

    /// By name.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn list(&self) -> Result<Vec<Person>, AuthError> {
        let rows = sqlx::query(
            "SELECT name, password, permissions, grants, sign_off_roles, p.created_at, disabled_at, oidc_issuer, oidc_subject,
             confirmed_at FROM people p LEFT JOIN second_factors f ON f.person = p.name ORDER BY name",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(Person::read).collect::<Result<_, _>>()?)
    }

    /// What somebody may do who may sign in; none for others.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn actor(&self, name: &PersonName) -> Result<Option<Actor>, AuthError> {
        let row = sqlx::query(
            "SELECT name, permissions, grants, sign_off_roles FROM people WHERE name = $1 AND disabled_at IS NULL",
        )
        .bind(name.as_str())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.as_ref().map(actor_of).transpose()?)
    }

    /// Gives a permission, everywhere or on some targets; no harm where the person has it.
    ///
    /// # Errors
    /// Nobody has the name, to see or to keep people is asked for some targets only, or the state cannot be written.
    pub async fn grant(
        &self,
        name: &PersonName,
        permission: Permission,
        place: Option<Place>,
    ) -> Result<(), AuthError> {
        if place.is_some() && !matches!(permission, Permission::Operator | Permission::Approver) {
            return Err(AuthError::EverywhereOnly(permission.word()));
        }
        self.change(name, |person| match &place {
            Some(place) => person.grants.insert(Grant { permission, place: place.clone() }),
            None => person.permissions.insert(permission),
        })
        .await
    }

    /// Takes a permission back, where it was given. What is under way goes on; a stream of somebody who may see no more ends.
    ///
    /// # Errors
    /// The person does not have it there, nobody has the name, or the state cannot be written.
    pub async fn revoke(
        &self,
        name: &PersonName,
        permission: Permission,
        place: Option<Place>,
    ) -> Result<(), AuthError> {
        let mut had = false;
        self.change(name, |person| {
            had = match &place {
                Some(place) => person.grants.remove(&Grant { permission, place: place.clone() }),
                None => person.permissions.remove(&permission),
            };
            had
        })
        .await?;
        self.sessions.ring();
        if had { Ok(()) } else { Err(AuthError::NotGranted(name.to_string(), permission.word())) }
    }

    async fn change(
        &self,
        name: &PersonName,
        change: impl FnOnce(&mut Person) -> bool,
    ) -> Result<(), AuthError> {
        let mut transaction = self.pool.begin().await?;
        let row = sqlx::query(
            "SELECT name, password, permissions, grants, sign_off_roles, p.created_at, disabled_at, oidc_issuer, oidc_subject,
             confirmed_at FROM people p LEFT JOIN second_factors f ON f.person = p.name WHERE name = $1",
        )
        .bind(name.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
        let row = row.ok_or_else(|| AuthError::NoSuchPerson(name.to_string()))?;
        let mut person = Person::read(&row)?;
        change(&mut person);
        sqlx::query("UPDATE people SET permissions = $2, grants = $3 WHERE name = $1")
            .bind(name.as_str())
            .bind(json(&person.permissions))
            .bind(json(&person.grants))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Gives a new password and ends the person's sessions: who knew the old one is out.
    ///
    /// # Errors
    /// Nobody has the name, or the state cannot be written.
    pub async fn set_password(&self, name: &PersonName, password: &Password) -> Result<(), AuthError> {
        let hash = self.hashing.hash(password).await?;
        let changed = sqlx::query("UPDATE people SET password = $2 WHERE name = $1")
            .bind(name.as_str())
            .bind(hash)
            .execute(&self.pool)
            .await?;
        if changed.rows_affected() == 0 {
            return Err(AuthError::NoSuchPerson(name.to_string()));
        }
        self.sessions.revoke_all(name).await
    }

    /// Locks a person out, at once and with all sessions and tokens. The name stays: events carry it.
    ///
    /// # Errors
    /// Nobody has the name, or the state cannot be written.
    pub async fn disable(&self, name: &PersonName, now: Ms) -> Result<(), AuthError> {
        self.set_disabled(name, Some(now)).await?;
        self.sessions.revoke_all(name).await
    }

    /// Takes `disable` back. Sessions stay ended.
    ///
    /// # Errors
    /// As `disable`.
    pub async fn enable(&self, name: &PersonName) -> Result<(), AuthError> {
        self.set_disabled(name, None).await
    }

    async fn set_disabled(&self, name: &PersonName, at: Option<Ms>) -> Result<(), AuthError> {
        let changed = sqlx::query("UPDATE people SET disabled_at = $2 WHERE name = $1")
            .bind(name.as_str())
            .bind(at)
            .execute(&self.pool)
            .await?;
        if changed.rows_affected() == 1 { Ok(()) } else { Err(AuthError::NoSuchPerson(name.to_string())) }
    }

    /// Whether somebody who may sign in has a password that can be asked for.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn has_password(&self, name: &PersonName) -> Result<bool, AuthError> {
        Ok(self.password_of(name).await?.is_some())
    }

    /// The stored password of somebody who may sign in by one.
    pub(super) async fn password_of(&self, name: &PersonName) -> Result<Option<String>, AuthError> {
        let row = sqlx::query("SELECT password FROM people WHERE name = $1 AND disabled_at IS NULL")
            .bind(name.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let stored: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
        Ok(stored.filter(|stored| stored != NO_PASSWORD))
    }
}

/// A list of words as JSON text.
fn json(words: &impl serde::Serialize) -> String {
    serde_json::json!(words).to_string()
}
