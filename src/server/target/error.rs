//! What can go wrong when a target is asked, and PostgreSQL's errors in words. No message holds a password.

use crate::runbook::Id;
use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("{target} ({place}) cannot be reached: {}", sentence(source))]
    Connect { target: Id, place: String, source: sqlx::Error },
    #[error(
        "{target} ({place}) did not answer within {seconds} s: is the address right, and does a firewall stand between?"
    )]
    Silent { target: Id, place: String, seconds: u64 },
    #[error("{}", sentence(.0))]
    Sql(#[from] sqlx::Error),
    /// A value, a password file or a statement that does not fit; the text says what was expected and what came.
    #[error("{0}")]
    Unfit(String),
}

impl TargetError {
    /// SQLSTATE of the server's error, where it is one.
    pub fn code(&self) -> Option<String> {
        match self {
            Self::Sql(error) | Self::Connect { source: error, .. } => {
                server_error(error).map(|error| error.code().to_owned())
            }
            _ => None,
        }
    }
}

/// SQLSTATEs that the console acts on. <https://www.postgresql.org/docs/current/errcodes-appendix.html>
pub mod code {
    pub const UNDEFINED_TABLE: &str = "42P01";
    pub const UNDEFINED_OBJECT: &str = "42704";
    /// `internal_error`: among others, that a relation was dropped between its lookup and its opening.
    pub const INTERNAL_ERROR: &str = "XX000";
    pub const INVALID_SCHEMA_NAME: &str = "3F000";
    pub const INSUFFICIENT_PRIVILEGE: &str = "42501";
    pub const LOCK_NOT_AVAILABLE: &str = "55P03";
    /// `object_not_in_prerequisite_state`: an extension whose library the server has not loaded.
    pub const NOT_LOADED: &str = "55000";
    pub const QUERY_CANCELED: &str = "57014";
}

fn server_error(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    match error {
        sqlx::Error::Database(error) => error.try_downcast_ref(),
        _ => None,
    }
}

/// One line: the server's message with its code, detail and hint, or the driver's own words.
pub fn sentence(error: &sqlx::Error) -> String {
    let Some(error) = server_error(error) else { return driver(error) };
    let mut said = format!("{} ({})", error.message(), error.code());
    for (word, more) in [("", error.detail()), ("Hint: ", error.hint())] {
        if let Some(more) = more {
            said = format!("{said}. {word}{}", more.trim_end_matches('.'));
        }
    }
    said
}

/// As psql prints it: severity, code and message, then detail, hint and where in the statement.
pub fn lines(error: &sqlx::Error) -> Vec<String> {
    let Some(error) = server_error(error) else { return vec![format!("ERROR:  {}", driver(error))] };
    let severity = format!("{:?}", error.severity()).to_uppercase();
    let mut lines = vec![format!("{severity}:  {}: {}", error.code(), error.message())];
    for (word, more) in [("DETAIL", error.detail()), ("HINT", error.hint()), ("CONTEXT", error.r#where())] {
        lines.extend(more.map(|more| format!("{word}:  {more}")));
    }
    if let Some(PgErrorPosition::Original(position)) = error.position() {
        lines.push(format!("POSITION:  character {position} of the statement"));
    }
    lines
}

fn driver(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => format!("TLS: {error}"),
        error => error.to_string(),
    }
}
