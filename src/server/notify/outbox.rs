//! What is queued, in the state: which events were noticed, what is to be sent of them, and what became of it. It outlives the console, and
//! consoles that share a state share it.

mod queue;
mod read;
mod row;

pub use row::{Queued, Status};

use super::letter::Letter;
use crate::run::{Ms, RunId, Seq};
use crate::runbook::Id;
use sqlx::{AnyConnection, AnyPool, Row};

/// Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    pool: AnyPool,
    /// Which of the consoles that share the state this one is.
    me: String,
}

/// How far a run was looked at, and how far it has come. `noticed` is none where nobody has looked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    pub run: RunId,
    pub noticed: Option<Seq>,
    pub head: Seq,
}

/// What was seen in a run beyond `from`, up to `to`.
pub struct Noticed<'a> {
    pub run: &'a RunId,
    pub from: Option<Seq>,
    pub to: Seq,
    pub ended: bool,
    pub letters: &'a [(Id, Letter)],
}

impl Outbox {
    pub fn new(pool: &AnyPool) -> Self {
        Self { pool: pool.clone(), me: uuid::Uuid::new_v4().simple().to_string() }
    }

    /// Takes everything that has happened before the console was first given receivers as noticed. Does nothing ever after. Whether it was
    /// the first time.
    pub async fn begin(&self, now: Ms) -> Result<bool, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        // Another console that begins at the same time waits here, and is not the first.
        if insert_receiver(&mut transaction, "", now).await? == 0 {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO notified (run, seq, ended)
             SELECT r.run, MAX(e.seq), MAX(CASE WHEN r.live_target IS NULL THEN 1 ELSE 0 END)
             FROM runs r JOIN events e ON e.run = r.run GROUP BY r.run",
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The receivers that hear what is noticed, by name.
    pub async fn known(&self) -> Result<Vec<String>, sqlx::Error> {
        let rows = sqlx::query("SELECT name FROM notification_receivers WHERE name <> ''")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    /// From now on they hear what is noticed.
    pub async fn make_known(&self, names: impl Iterator<Item = &Id>, now: Ms) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        for name in names {
            insert_receiver(&mut transaction, name.as_str(), now).await?;
        }
        transaction.commit().await
    }

    /// The runs in which something may have happened that nobody has noticed.
    pub async fn behind(&self) -> Result<Vec<Behind>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT r.run, n.seq, (SELECT MAX(e.seq) FROM events e WHERE e.run = r.run)
             FROM runs r LEFT JOIN notified n ON n.run = r.run
             WHERE n.run IS NULL OR n.ended = 0",
        )
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(Behind {
                run: row::run(row, 0)?,
                noticed: row.try_get::<Option<i64>, _>(1)?.map(i64::cast_unsigned),
                head: row.try_get::<Option<i64>, _>(2)?.unwrap_or(0).cast_unsigned(),
            })
        };
        rows.iter().map(read).collect()
    }

    /// Writes down how far a run was looked at together with what is to be sent: all of it or nothing. False where another console was
    /// first, and has written the same. What is `too_old` is kept as given up.
    pub async fn put(&self, noticed: &Noticed<'_>, now: Ms) -> Result<bool, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        if !move_on(&mut transaction, noticed).await? {
            return Ok(false);
        }
        let last = sqlx::query("SELECT COALESCE(MAX(position), 0) FROM notifications");
        let mut position: i64 = last.fetch_one(&mut *transaction).await?.try_get(0)?;
        for (receiver, letter) in noticed.letters {
            position += 1;
            queue::insert(&mut transaction, receiver, letter, position, now).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

async fn insert_receiver(connection: &mut AnyConnection, name: &str, now: Ms) -> Result<u64, sqlx::Error> {
    let insert =
        "INSERT INTO notification_receivers (name, since) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    Ok(sqlx::query(insert).bind(name).bind(now).execute(connection).await?.rows_affected())
}

/// Whoever moves the cursor has won.
async fn move_on(connection: &mut AnyConnection, noticed: &Noticed<'_>) -> Result<bool, sqlx::Error> {
    let ended = i64::from(noticed.ended);
    let done = match noticed.from {
        None => {
            let insert =
                "INSERT INTO notified (run, seq, ended) VALUES ($1, $2, $3) ON CONFLICT (run) DO NOTHING";
            let query = sqlx::query(insert).bind(noticed.run.as_str()).bind(noticed.to.cast_signed());
            query.bind(ended).execute(connection).await?
        }
        Some(from) => {
            let update = "UPDATE notified SET seq = $2, ended = $3 WHERE run = $1 AND seq = $4";
            let query = sqlx::query(update).bind(noticed.run.as_str()).bind(noticed.to.cast_signed());
            query.bind(ended).bind(from.cast_signed()).execute(connection).await?
        }
    };
    Ok(done.rows_affected() == 1)
}
