//! Runs and their events. `append` is the only write to a run.

use super::Store;
use crate::run::event::{Body, Ending, Event, Known};
use crate::run::{RunId, RunSummary, Seq};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody appended first: read again, decide again.
    #[error("another event was appended first")]
    Raced,
    #[error("the target has a live run already")]
    TargetTaken,
    #[error("the state could not be written: {0}")]
    Sql(#[from] sqlx::Error),
}

impl Store {
    /// Appends events whose seqs follow on what the caller has seen; all of them or none.
    ///
    /// # Errors
    /// `Raced` when one of the seqs is taken, `TargetTaken` when a first event finds its target with a live run.
    pub async fn append(&self, run: &RunId, events: &[Event]) -> Result<(), AppendError> {
        if let [event] = events
            && !changes_the_list(event)
        {
            let mut connection = self.pool.acquire().await?;
            return insert(&mut connection, run, event).await;
        }
        let mut transaction = self.pool.begin().await?;
        for event in events {
            match &event.body {
                Body::Known(Known::RunStarted { .. }) => open_run(&mut transaction, run, event).await?,
                Body::Known(Known::RunEnded { ending, .. }) => {
                    close_run(&mut transaction, run, *ending, event.at).await?;
                }
                _ => {}
            }
            insert(&mut transaction, run, event).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The events after `after`, in order; empty where the run is unknown.
    pub async fn events(&self, run: &RunId, after: Seq) -> Result<Vec<Event>, sqlx::Error> {
        let texts = self.texts_after(run, after).await?;
        let read = |(_, text): &(Seq, String)| serde_json::from_str(text);
        texts.iter().map(|text| read(text).map_err(|error| sqlx::Error::Decode(error.into()))).collect()
    }

    /// All events of a run as they are stored, each with the seq it is stored under: whether they can be read is the asker's question.
    pub async fn texts(&self, run: &RunId) -> Result<Vec<(Seq, String)>, sqlx::Error> {
        self.texts_after(run, 0).await
    }

    async fn texts_after(&self, run: &RunId, after: Seq) -> Result<Vec<(Seq, String)>, sqlx::Error> {
        let rows = sqlx::query("SELECT seq, event FROM events WHERE run = $1 AND seq > $2 ORDER BY seq")
            .bind(run.as_str())
            .bind(after.cast_signed())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok((row.try_get::<i64, _>(0)?.cast_unsigned(), row.try_get(1)?))).collect()
    }

    /// What lists show of a run.
    pub async fn listed(&self, run: &RunId) -> Result<Option<RunSummary>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT run, slug, title, target, environment, started_by, started_at, ending, ended_at FROM runs
             WHERE run = $1",
        )
        .bind(run.as_str())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(summary).transpose()
    }

    /// Every run, oldest first.
    pub async fn all_runs(&self) -> Result<Vec<RunId>, sqlx::Error> {
        let rows = sqlx::query("SELECT run FROM runs ORDER BY started_at, run").fetch_all(&self.pool).await?;
        rows.iter().map(|row| decode(row, 0)).collect()
    }

    /// The latest runs, newest first, and all live ones.
    pub async fn runs(&self, limit: i64) -> Result<Vec<RunSummary>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT run, slug, title, target, environment, started_by, started_at, ending, ended_at FROM runs
             WHERE live_target IS NOT NULL OR run IN (SELECT run FROM runs ORDER BY started_at DESC, run LIMIT $1)
             ORDER BY started_at DESC, run",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(summary).collect()
    }

    pub async fn live_run(&self, target: &str) -> Result<Option<RunSummary>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT run, slug, title, target, environment, started_by, started_at, ending, ended_at FROM runs
             WHERE live_target = $1",
        )
        .bind(target)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(summary).transpose()
    }

    /// The live runs, each with the seq of its last event.
    pub async fn live_heads(&self) -> Result<Vec<(RunId, Seq)>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT e.run, MAX(e.seq) FROM events e JOIN runs r ON r.run = e.run
             WHERE r.live_target IS NOT NULL GROUP BY e.run",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok((decode(row, 0)?, row.try_get::<i64, _>(1)?.cast_unsigned()))).collect()
    }
}

fn changes_the_list(event: &Event) -> bool {
    matches!(event.body, Body::Known(Known::RunStarted { .. } | Known::RunEnded { .. }))
}

async fn insert(connection: &mut AnyConnection, run: &RunId, event: &Event) -> Result<(), AppendError> {
    let text = serde_json::to_string(event).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let done = sqlx::query("INSERT INTO events (run, seq, event) VALUES ($1, $2, $3)")
        .bind(run.as_str())
        .bind(event.seq.cast_signed())
        .bind(text)
        .execute(connection)
        .await;
    done.map(drop).map_err(|error| if is_unique(&error) { AppendError::Raced } else { error.into() })
}

async fn open_run(connection: &mut AnyConnection, run: &RunId, event: &Event) -> Result<(), AppendError> {
    let Body::Known(Known::RunStarted { runbook, target, .. }) = &event.body else { return Ok(()) };
    let done = sqlx::query(
        "INSERT INTO runs (run, slug, title, target, environment, live_target, started_by, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(run.as_str())
    .bind(runbook.slug.as_str())
    .bind(&runbook.title)
    .bind(target.name.as_str())
    .bind(&target.environment)
    .bind(target.name.as_str())
    .bind(&event.actor)
    .bind(event.at)
    .execute(connection)
    .await;
    done.map(drop).map_err(|error| if is_unique(&error) { AppendError::TargetTaken } else { error.into() })
}

async fn close_run(
    connection: &mut AnyConnection,
    run: &RunId,
    ending: Ending,
    at: i64,
) -> Result<(), AppendError> {
    sqlx::query("UPDATE runs SET live_target = NULL, ending = $2, ended_at = $3 WHERE run = $1")
        .bind(run.as_str())
        .bind(serde_json::to_string(&ending).map_err(|error| sqlx::Error::Encode(error.into()))?)
        .bind(at)
        .execute(connection)
        .await?;
    Ok(())
}

fn is_unique(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

fn summary(row: &AnyRow) -> Result<RunSummary, sqlx::Error> {
    let ending: Option<String> = row.try_get(7)?;
    Ok(RunSummary {
        run: decode(row, 0)?,
        slug: decode(row, 1)?,
        title: row.try_get(2)?,
        target: decode(row, 3)?,
        environment: row.try_get(4)?,
        started_by: row.try_get(5)?,
        started_at: row.try_get(6)?,
        ending: ending
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| sqlx::Error::Decode(error.into()))?,
        ended_at: row.try_get(8)?,
    })
}

fn decode<T>(row: &AnyRow, at: usize) -> Result<T, sqlx::Error>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.try_get::<String, _>(at)?.parse().map_err(|error: T::Err| sqlx::Error::Decode(error.into()))
}
