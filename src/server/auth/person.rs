//! A person as the state knows them.

use super::Account;
use super::people::NO_PASSWORD;
use crate::run::{Actor, Grant, Ms, Permission, Proof};
use crate::runbook::Id;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;
use std::fmt;

/// 1 to 64 lower-case letters, digits and `. _ - @`, the first a letter or digit. Events carry it, so it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct PersonName(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a name of 1 to 64 letters, digits and `. _ - @`, the first a letter or digit, came `{0}`")]
pub struct NotAName(String);

impl PersonName {
    /// Upper case is taken as lower case: a phone begins a field with a capital.
    ///
    /// # Errors
    /// Says what was expected.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let name = text.trim().to_ascii_lowercase();
        let begins_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
        if begins_well && name.len() <= 64 && name.chars().all(good) {
            Ok(Self(name))
        } else {
            Err(NotAName(text.chars().take(80).collect()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    pub name: String,
    pub permissions: BTreeSet<Permission>,
    /// Those that count on some targets only.
    pub grants: BTreeSet<Grant>,
    pub sign_off_roles: BTreeSet<Id>,
    pub created_at: Ms,
    /// None while the person may sign in.
    pub disabled_at: Option<Ms>,
    /// Whether they have a second factor.
    pub second_factor: bool,
    /// By which the person signs in; none until the first time.
    pub account: Option<Account>,
    /// Whether the person may sign in by one.
    pub has_password: bool,
}

/// The columns that `Person::read` and `actor_of` want.
pub(super) fn actor_of(row: &AnyRow) -> Result<Actor, sqlx::Error> {
    Ok(Actor {
        name: row.try_get("name")?,
        permissions: words(row, "permissions")?,
        grants: words(row, "grants")?,
        sign_off_roles: words(row, "sign_off_roles")?,
        screen: None,
        proof: Proof::Token,
        console: false,
    })
}

impl Person {
    pub(super) fn read(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let Actor { name, permissions, grants, sign_off_roles, .. } = actor_of(row)?;
        let (created_at, disabled_at) = (row.try_get("created_at")?, row.try_get("disabled_at")?);
        let second_factor = row.try_get::<Option<i64>, _>("confirmed_at")?.is_some();
        let issuer: Option<String> = row.try_get("oidc_issuer")?;
        let account = issuer.zip(row.try_get("oidc_subject")?);
        let account = account.map(|(issuer, subject)| Account { issuer, subject });
        let has_password = row.try_get::<String, _>("password")? != NO_PASSWORD;
        Ok(Self {
            name,
            permissions,
            grants,
            sign_off_roles,
            created_at,
            disabled_at,
            second_factor,
            account,
            has_password,
        })
    }
}

fn words<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))
}
