//! Sessions: the step's own, those in a queue for locks, and the oldest ones.

use crate::server::target::error::TargetError;
use crate::watch::{Backend, Session};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

/// The columns of a session. A role without pg_read_all_stats gets those of others as NULL, and `<insufficient privilege>` as query.
macro_rules! columns {
    () => {
        "a.pid, (extract(epoch FROM a.backend_start) * 1000000)::int8 AS started, a.usename::text AS usename,
         coalesce(a.application_name, '') AS application, a.backend_type, a.state,
         CASE WHEN a.backend_start IS NOT NULL THEN left(a.query, 500) END AS query,
         (extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::int8 AS transaction_ms,
         coalesce(a.backend_type = 'client backend', true)
             AND (a.application_name = $1 OR left(a.application_name, length($1) + 1) = $1 || ' ') AND a.datname = current_database()
             AS ours"
    };
}

/// Those who wait are found in pg_locks, which everybody may read; waitstart stands in it since 14. No more than 500 are asked whom
/// they wait for: each question stops the lock manager for a moment.
const AROUND: &str = concat!(
    "WITH waiting AS MATERIALIZED (
         SELECT l.pid, pg_blocking_pids(l.pid) AS waits_for, l.since FROM (
             SELECT l.pid, min((to_jsonb(l) ->> 'waitstart')::timestamptz) AS since FROM pg_locks l
             WHERE NOT l.granted AND l.pid IS NOT NULL GROUP BY l.pid LIMIT 500) AS l),
     met AS (SELECT pid FROM waiting UNION SELECT unnest(waits_for) FROM waiting),
     seen AS (SELECT ",
    columns!(),
    " FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid())
     SELECT seen.*, coalesce(waiting.waits_for, '{}') AS waits_for,
            (extract(epoch FROM clock_timestamp() - waiting.since) * 1000)::int8 AS waiting_ms
     FROM seen LEFT JOIN waiting USING (pid) WHERE coalesce(seen.ours, false) OR seen.pid IN (SELECT pid FROM met) ORDER BY seen.pid"
);

/// Those that wait and their waits as far as the step is concerned; the rest of the server's queues is left out by what is made of them.
pub async fn around(session: &mut PgConnection, application_name: &str) -> Result<Vec<Session>, TargetError> {
    let rows = sqlx::query(AROUND).bind(application_name).fetch_all(session).await?;
    Ok(rows.iter().map(of_queue).collect::<sqlx::Result<_>>()?)
}

const OLDEST: &str = concat!(
    "WITH seen AS MATERIALIZED (SELECT ",
    columns!(),
    ", age(a.backend_xmin) AS behind FROM pg_stat_activity a
     WHERE a.pid <> pg_backend_pid() AND (a.datname = current_database() OR a.datname IS NULL))
     (SELECT seen.*, true AS by_time FROM seen WHERE transaction_ms IS NOT NULL AND backend_type = 'client backend'
      AND NOT coalesce(ours, false) ORDER BY transaction_ms DESC LIMIT 1)
     UNION ALL
     (SELECT seen.*, false FROM seen WHERE behind IS NOT NULL AND NOT coalesce(ours, false) ORDER BY behind DESC, started LIMIT 1)"
);

/// The longest transaction and the oldest snapshot of others.
pub async fn oldest(
    session: &mut PgConnection,
    application_name: &str,
) -> Result<(Option<Session>, Option<Session>), TargetError> {
    let rows = sqlx::query(OLDEST).bind(application_name).fetch_all(session).await?;
    let (mut by_time, mut by_snapshot) = (None, None);
    for row in &rows {
        let place = if row.try_get("by_time")? { &mut by_time } else { &mut by_snapshot };
        *place = Some(of(row)?);
    }
    Ok((by_time, by_snapshot))
}

fn of_queue(row: &PgRow) -> sqlx::Result<Session> {
    Ok(Session { waits_for: row.try_get("waits_for")?, waiting_ms: row.try_get("waiting_ms")?, ..of(row)? })
}

fn of(row: &PgRow) -> sqlx::Result<Session> {
    Ok(Session {
        pid: row.try_get("pid")?,
        started: row.try_get("started")?,
        user: row.try_get("usename")?,
        application: row.try_get("application")?,
        kind: row.try_get("backend_type")?,
        state: row.try_get("state")?,
        query: row.try_get("query")?,
        transaction_ms: row.try_get("transaction_ms")?,
        waiting_ms: None,
        waits_for: Vec::new(),
        ours: row.try_get::<Option<bool>, _>("ours")?.unwrap_or(false),
    })
}

/// Application names are open to every role, the rest may not be: what cannot be seen of such a session counts as a snapshot.
const DUMPS: &str = concat!(
    "WITH seen AS MATERIALIZED (SELECT ",
    columns!(),
    " FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid() AND a.datname = current_database())
     SELECT * FROM seen
     WHERE NOT coalesce(ours, false) AND (application LIKE 'pg_dump%' OR starts_with(application, $2))
       AND (transaction_ms IS NOT NULL OR started IS NULL)
     ORDER BY transaction_ms DESC NULLS LAST"
);

/// Dumps in their transaction, whoever takes them, and sessions whose application name begins with `of_run`, the step's own left out.
pub async fn dumps(
    session: &mut PgConnection,
    application_name: &str,
    of_run: &str,
) -> Result<Vec<Session>, TargetError> {
    let rows = sqlx::query(DUMPS).bind(application_name).bind(of_run).fetch_all(session).await?;
    Ok(rows.iter().map(of).collect::<sqlx::Result<_>>()?)
}

const FIND: &str = concat!(
    "WITH seen AS (SELECT ",
    columns!(),
    " FROM pg_stat_activity a) SELECT * FROM seen WHERE pid = $2 AND started = $3"
);

/// That very session; none where it has ended, or the role may not see when it was started.
pub async fn find(
    session: &mut PgConnection,
    application_name: &str,
    backend: Backend,
) -> Result<Option<Session>, TargetError> {
    let asked = sqlx::query(FIND).bind(application_name).bind(backend.pid).bind(backend.started);
    let row = asked.fetch_optional(session).await?;
    Ok(row.as_ref().map(of).transpose()?)
}
