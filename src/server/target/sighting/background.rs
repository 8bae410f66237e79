//! What concerns the whole database: prepared transactions, the write-ahead log and its replicas, the size.

use crate::server::target::error::TargetError;
use crate::watch::{Prepared, Replica};
use sqlx::postgres::PgConnection;

const PREPARED: &str = "
    SELECT gid, owner::text, (extract(epoch FROM clock_timestamp() - prepared) * 1000)::int8
    FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared LIMIT 5";

pub async fn prepared(session: &mut PgConnection) -> Result<Vec<Prepared>, TargetError> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(PREPARED).fetch_all(session).await?;
    Ok(rows.into_iter().map(|(gid, owner, age_ms)| Prepared { gid, owner, age_ms }).collect())
}

const POSITION: &str = "
    SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8 END";

const REPLICAS: &str = "
    SELECT coalesce(nullif(application_name, ''), 'pid ' || pid), state,
           CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::int8 END,
           (extract(epoch FROM replay_lag) * 1000)::int8
    FROM pg_stat_replication ORDER BY 1";

/// The position in the log in bytes, none on a standby; and who follows it.
pub async fn log(session: &mut PgConnection) -> Result<(Option<i64>, Vec<Replica>), TargetError> {
    let position = sqlx::query_scalar(POSITION).fetch_one(&mut *session).await?;
    type Row = (String, Option<String>, Option<i64>, Option<i64>);
    let rows: Vec<Row> = sqlx::query_as(REPLICAS).fetch_all(session).await?;
    let replica = |(name, state, behind_bytes, lag_ms)| Replica { name, state, behind_bytes, lag_ms };
    Ok((position, rows.into_iter().map(replica).collect()))
}

/// Reads the size of every file of the database: not for every second. None where the role may not connect to it.
pub async fn database_bytes(session: &mut PgConnection) -> Result<Option<i64>, TargetError> {
    const SIZE: &str = "
        SELECT CASE WHEN has_database_privilege(current_database(), 'CONNECT') THEN pg_database_size(current_database()) END";
    Ok(sqlx::query_scalar(SIZE).fetch_one(session).await?)
}
