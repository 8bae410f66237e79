//! Names and numbers of runs and events.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// Unix time in milliseconds, UTC.
pub type Ms = i64;

/// Position of an event in its run, from 1. 0 stands for "before the first".
pub type Seq = u64;

/// 32 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(with = "String", extend("pattern" = "^[0-9a-f]{32}$")))]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the id of a run (32 hexadecimal digits), came `{0}`")]
pub struct NotARunId(String);

impl RunId {
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// The run that a command of a person starts: the same command of the same person can start no second one.
    pub fn of_command(command_id: &str, actor: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(actor.as_bytes());
        hasher.update([0]);
        hasher.update(command_id.as_bytes());
        Self(hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    pub fn parse(text: &str) -> Result<Self, NotARunId> {
        let good = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if good { Ok(Self(text.to_owned())) } else { Err(NotARunId(text.chars().take(64).collect())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight digits: enough to tell runs apart on a page and in an application name.
    pub fn short(&self) -> &str {
        &self.0[..8]
    }
}

impl TryFrom<String> for RunId {
    type Error = NotARunId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for RunId {
    type Err = NotARunId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
