//! Why the console did not do what was asked.

use crate::run::Refusal;
use crate::server::store::AppendError;

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// By the rules; the sentence is for the person.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{0}")]
    NotFound(String),
    /// Not the asker's fault: the sentence says what could not be done.
    #[error("{0}")]
    Internal(String),
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(format!("the console's state cannot be read: {error}"))
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        Self::Internal(error.to_string())
    }
}
