//! A receiver's queue: who comes next, who sends it, what became of it.

use super::Outbox;
use super::row::{Queued, Status, read, select};
use crate::run::Ms;
use crate::runbook::Id;
use crate::server::notify::backoff::{PATIENCE, too_old};
use crate::server::notify::letter::Letter;
use sqlx::AnyConnection;

/// What stands with a letter that was a day old when it was noticed.
const LATE: &str = "it was a day old when the console came to it";

/// Puts a letter at the end of its queue.
pub async fn insert(
    connection: &mut AnyConnection,
    receiver: &Id,
    letter: &Letter,
    position: i64,
    now: Ms,
) -> Result<(), sqlx::Error> {
    let late = too_old(letter.told.at, now);
    let (status, error) = if late { (Status::GivenUp, LATE) } else { (Status::Waiting, "") };
    let text = serde_json::to_string(letter).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "INSERT INTO notifications (id, receiver, run, seq, kind, letter, position, queued_at, status, tries,
             next_at, error, settled_at, claimed_by, claimed_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $8, $10, $11, '', 0)",
    )
    .bind(letter.id(receiver))
    .bind(receiver.as_str())
    .bind(letter.told.run.as_str())
    .bind(letter.told.seq.cast_signed())
    .bind(letter.told.kind.word())
    .bind(text)
    .bind(position)
    .bind(now)
    .bind(status.word())
    .bind(error)
    .bind(late.then_some(now))
    .execute(connection)
    .await?;
    Ok(())
}

impl Outbox {
    /// The first of a receiver's that waits.
    pub async fn next(&self, receiver: &Id) -> Result<Option<Queued>, sqlx::Error> {
        let first = sqlx::query(select!(
            "WHERE receiver = $1 AND status = 'waiting' ORDER BY position, run, seq LIMIT 1"
        ));
        let row = first.bind(receiver.as_str()).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Takes one for sending, until `until`. False where another console has it. Who has it and is not heard of again loses it: a time
    /// much later than a claim can last is of a clock that was set back. Much, for of two who claim at once the later one may come first.
    pub async fn claim(&self, id: &str, now: Ms, until: Ms) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(
            "UPDATE notifications SET claimed_by = $2, claimed_until = $4
             WHERE id = $1 AND status = 'waiting'
               AND (claimed_by = $2 OR claimed_by = '' OR claimed_until <= $3 OR claimed_until > $5)",
        )
        .bind(id)
        .bind(&self.me)
        .bind(now)
        .bind(until)
        .bind(until + (until - now))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub async fn delivered(&self, id: &str, now: Ms) -> Result<(), sqlx::Error> {
        self.settle(id, Status::Delivered, "", now).await
    }

    pub async fn give_up(&self, id: &str, why: &str, now: Ms) -> Result<(), sqlx::Error> {
        self.settle(id, Status::GivenUp, why, now).await
    }

    async fn settle(&self, id: &str, status: Status, error: &str, now: Ms) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE notifications SET status = $2, error = $3, settled_at = $4, tries = tries + 1, claimed_by = ''
             WHERE id = $1 AND status = 'waiting'",
        )
        .bind(id)
        .bind(status.word())
        .bind(error)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// One more try has failed.
    pub async fn failed(&self, id: &str, why: &str, next_at: Ms) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE notifications SET error = $2, next_at = $3, tries = tries + 1, claimed_by = ''
             WHERE id = $1 AND status = 'waiting'",
        )
        .bind(id)
        .bind(why)
        .bind(next_at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives up what has waited too long, for whichever receiver: also for one that nobody names any more.
    pub async fn give_up_old(&self, now: Ms) -> Result<u64, sqlx::Error> {
        let before = now - crate::server::notify::backoff::ms(PATIENCE);
        let done = sqlx::query(
            "UPDATE notifications SET status = 'given_up', settled_at = $2, claimed_by = ''
             WHERE status = 'waiting' AND queued_at <= $1",
        )
        .bind(before)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}
