//! Why a log cannot be shown, in sentences for the person who asked.

use std::io;

use axum::http::StatusCode;
use thiserror::Error;

/// Why a log cannot be shown.
#[derive(Debug, Error)]
pub enum LogError {
    /// Not a name of a run or a step.
    #[error("`{0}` is not a name of a run or a step: letters, digits, `-`, `_` and `.` are expected")]
    Name(String),
    /// No such attempt, or it has not begun.
    #[error("there is no log yet: this attempt has not begun; look at the run's page for what has")]
    NotBegun,
    /// The place to go on from is not a number.
    #[error("`{0}` is not a place in a log: a number of bytes was expected; reload the page")]
    BadOffset(String),
    /// The place to go on from is not in the log.
    #[error("the log has {length} bytes, but byte {from} was asked for; reload the page")]
    Beyond { from: u64, length: u64 },
    /// The files cannot be read.
    #[error("the log cannot be read: {0}; look at the state directory's disk and owner")]
    Io(#[from] io::Error),
}

impl LogError {
    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Name(_) | Self::BadOffset(_) => StatusCode::BAD_REQUEST,
            Self::NotBegun => StatusCode::NOT_FOUND,
            Self::Beyond { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
