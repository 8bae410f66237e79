//! How far the step's builds and copies have come.

use crate::server::target::error::TargetError;
use crate::watch::progress::Done;
use crate::watch::{Build, Copied};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

const BUILDS: &str = "
    SELECT pid, command, phase, relid::regclass::text AS of_table, nullif(index_relid, 0)::regclass::text AS of_index,
           coalesce(lockers_done, 0) AS lockers_done, coalesce(lockers_total, 0) AS lockers_total,
           coalesce(blocks_done, 0) AS blocks_done, coalesce(blocks_total, 0) AS blocks_total,
           coalesce(tuples_done, 0) AS tuples_done, coalesce(tuples_total, 0) AS tuples_total
    FROM pg_stat_progress_create_index WHERE pid = ANY($1) AND command IS NOT NULL AND datname = current_database() ORDER BY pid";

pub async fn builds(session: &mut PgConnection, pids: &[i32]) -> Result<Vec<Build>, TargetError> {
    let rows = sqlx::query(BUILDS).bind(pids).fetch_all(session).await?;
    Ok(rows.iter().map(build).collect::<sqlx::Result<_>>()?)
}

fn build(row: &PgRow) -> sqlx::Result<Build> {
    let done = |done, of| Ok::<_, sqlx::Error>(Done { done: row.try_get(done)?, of: row.try_get(of)? });
    Ok(Build {
        pid: row.try_get("pid")?,
        command: row.try_get("command")?,
        phase: row.try_get("phase")?,
        table: row.try_get("of_table")?,
        index: row.try_get("of_index")?,
        lockers: done("lockers_done", "lockers_total")?,
        blocks: done("blocks_done", "blocks_total")?,
        tuples: done("tuples_done", "tuples_total")?,
    })
}

const COPIES: &str = "
    SELECT p.pid, p.command, coalesce(p.relid::regclass::text, 'a query') AS of_table, coalesce(p.tuples_processed, 0) AS tuples,
           (SELECT nullif(greatest(c.reltuples, 0), 0)::int8 FROM pg_class c WHERE c.oid = p.relid) AS estimate,
           coalesce(p.bytes_processed, 0) AS bytes
    FROM pg_stat_progress_copy p WHERE p.pid = ANY($1) AND p.command IS NOT NULL AND p.datname = current_database() ORDER BY p.pid";

/// None before 14, which does not tell.
pub async fn copies(
    session: &mut PgConnection,
    version: i32,
    pids: &[i32],
) -> Result<Vec<Copied>, TargetError> {
    if version < 140_000 {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(COPIES).bind(pids).fetch_all(session).await?;
    Ok(rows.iter().map(copied).collect::<sqlx::Result<_>>()?)
}

fn copied(row: &PgRow) -> sqlx::Result<Copied> {
    Ok(Copied {
        pid: row.try_get("pid")?,
        command: row.try_get("command")?,
        table: row.try_get("of_table")?,
        tuples: row.try_get("tuples")?,
        estimate: row.try_get("estimate")?,
        bytes: row.try_get("bytes")?,
    })
}
