//! A session that is named so that no other can be meant: its pid and when it was started. Written as `PID@MICROSECONDS`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(with = "String", extend("pattern" = "^[0-9]+@[0-9]+$")))]
#[serde(try_from = "String", into = "String")]
pub struct Backend {
    pub pid: i32,
    /// `backend_start` in microseconds since 1970.
    pub started: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a session as its pid and its start (PID@MICROSECONDS), came `{0}`")]
pub struct NotABackend(String);

impl FromStr for Backend {
    type Err = NotABackend;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('@').and_then(|(pid, started)| {
            let (pid, started): (i32, i64) = (pid.parse().ok()?, started.parse().ok()?);
            (pid > 0 && started >= 0).then_some(Self { pid, started })
        });
        parts.ok_or_else(|| NotABackend(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for Backend {
    type Error = NotABackend;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Backend> for String {
    fn from(backend: Backend) -> Self {
        backend.to_string()
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.pid, self.started)
    }
}

/// How a session is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// `pg_cancel_backend`: its statement ends.
    Cancel,
    /// `pg_terminate_backend`: the session ends, and what it has not committed is lost.
    Terminate,
}

impl Force {
    pub fn word(self) -> &'static str {
        match self {
            Self::Cancel => "pg_cancel_backend",
            Self::Terminate => "pg_terminate_backend",
        }
    }
}
