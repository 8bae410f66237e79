//! The name of a part of a runbook: a phase, an item, a step, a parameter, a rollback path.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Lower-case letters, digits, `-` and `_`; 1 to 64 of them; the first a letter. Safe as a path component, in a URL and as a
/// part of an application name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "ssr", schemars(with = "String", extend("pattern" = "^[a-z][a-z0-9_-]{0,63}$")))]
pub struct Id(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id (a lower-case letter, then up to 63 of a-z, 0-9, - and _), came `{0}`")]
pub struct NotAnId(String);

impl Id {
    pub fn parse(text: &str) -> Result<Self, NotAnId> {
        let mut chars = text.chars();
        let starts = chars.next().is_some_and(|c| c.is_ascii_lowercase());
        let goes_on = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
        if starts && goes_on && text.len() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnId(text.chars().take(80).collect()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Id {
    type Error = NotAnId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Id {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}
