//! One notification to one receiver, as it is stored.

use crate::run::{Ms, RunId, Seq};
use crate::server::notify::letter::Letter;
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Waiting,
    Delivered,
    /// It is kept, and not tried again.
    GivenUp,
}

impl Status {
    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    pub id: String,
    pub receiver: String,
    pub run: RunId,
    pub seq: Seq,
    /// None where a newer console has written it in a form of its own.
    pub letter: Option<Letter>,
    pub queued_at: Ms,
    pub status: Status,
    pub tries: u32,
    /// When a waiting one is tried.
    pub next_at: Ms,
    /// Why the last try failed; empty where none has.
    pub error: String,
    /// When it was delivered or given up.
    pub settled_at: Option<Ms>,
    pub claimed_by: String,
    pub claimed_until: Ms,
}

/// A statement that gives what [`read`] takes, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, receiver, run, seq, letter, queued_at, status, tries, next_at, error, settled_at, ",
            "claimed_by, claimed_until FROM notifications ",
            $rest
        )
    };
}

pub(super) use select;

pub fn read(row: &AnyRow) -> Result<Queued, sqlx::Error> {
    let status: String = row.try_get(6)?;
    let status =
        [Status::Waiting, Status::Delivered, Status::GivenUp].into_iter().find(|s| s.word() == status);
    Ok(Queued {
        id: row.try_get(0)?,
        receiver: row.try_get(1)?,
        run: run(row, 2)?,
        seq: row.try_get::<i64, _>(3)?.cast_unsigned(),
        letter: serde_json::from_str(&row.try_get::<String, _>(4)?).ok(),
        queued_at: row.try_get(5)?,
        status: status.unwrap_or(Status::GivenUp),
        tries: u32::try_from(row.try_get::<i64, _>(7)?).unwrap_or(u32::MAX),
        next_at: row.try_get(8)?,
        error: row.try_get(9)?,
        settled_at: row.try_get(10)?,
        claimed_by: row.try_get(11)?,
        claimed_until: row.try_get(12)?,
    })
}

pub fn run(row: &AnyRow, at: usize) -> Result<RunId, sqlx::Error> {
    let text: String = row.try_get(at)?;
    text.parse().map_err(|error: crate::run::id::NotARunId| sqlx::Error::Decode(error.into()))
}
