//! What is shown of the queues.

use super::Outbox;
use super::row::{Queued, read, select};
use crate::run::{Ms, RunId};
use sqlx::Row;

/// One receiver's queue in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub receiver: String,
    /// Since when it hears what happens; none where it is not known.
    pub since: Option<Ms>,
    pub waiting: u64,
    /// Those of them that were tried without success.
    pub failing: u64,
    pub delivered: u64,
    pub given_up: u64,
    pub last_delivered: Option<Ms>,
    pub last_given_up: Option<Ms>,
}

impl Outbox {
    /// Every receiver that was ever known.
    pub async fn figures(&self) -> Result<Vec<Figures>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT r.name, r.since, n.status, COUNT(n.id), SUM(CASE WHEN n.tries > 0 THEN 1 ELSE 0 END), MAX(n.settled_at)
             FROM notification_receivers r LEFT JOIN notifications n ON n.receiver = r.name
             WHERE r.name <> '' GROUP BY r.name, r.since, n.status ORDER BY r.name",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut all: Vec<Figures> = Vec::new();
        for row in &rows {
            let receiver: String = row.try_get(0)?;
            if all.last().is_none_or(|last| last.receiver != receiver) {
                all.push(Figures { receiver, since: row.try_get(1)?, ..Figures::default() });
            }
            let Some(figures) = all.last_mut() else { continue };
            let count = u64::try_from(row.try_get::<i64, _>(3)?).unwrap_or(0);
            let last: Option<Ms> = row.try_get(5)?;
            match row.try_get::<Option<String>, _>(2)?.as_deref() {
                Some("waiting") => {
                    figures.waiting = count;
                    figures.failing = u64::try_from(row.try_get::<i64, _>(4)?).unwrap_or(0);
                }
                Some("delivered") => (figures.delivered, figures.last_delivered) = (count, last),
                Some("given_up") => (figures.given_up, figures.last_given_up) = (count, last),
                _ => {}
            }
        }
        Ok(all)
    }

    /// What waits, in the order in which it is sent.
    pub async fn waiting(&self, limit: i64) -> Result<Vec<Queued>, sqlx::Error> {
        let query =
            sqlx::query(select!("WHERE status = 'waiting' ORDER BY receiver, position, run, seq LIMIT $1"));
        let rows = query.bind(limit).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// What was given up, the latest first.
    pub async fn given_up(&self, limit: i64) -> Result<Vec<Queued>, sqlx::Error> {
        let query =
            sqlx::query(select!("WHERE status = 'given_up' ORDER BY position DESC, receiver LIMIT $1"));
        let rows = query.bind(limit).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// All that was to be said of a run, in the order in which it happened.
    pub async fn of_run(&self, run: &RunId) -> Result<Vec<Queued>, sqlx::Error> {
        let query = sqlx::query(select!("WHERE run = $1 ORDER BY seq, receiver"));
        let rows = query.bind(run.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }
}
