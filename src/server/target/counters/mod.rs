//! The counters of a runbook's part of a target. Objects are asked for by oid, so that no right on the schema is needed; what the role
//! cannot see is told with what would change that. PostgreSQL 13 to 18.

mod bloat;
mod sizes;
mod statements;

pub use bloat::bloat;

use super::connect::{STATEMENT_TIMEOUT, Target};
use super::error::TargetError;
use crate::aftercare::{Counters, Index, Scans, Table, Traffic};
use crate::run::Ms;
use crate::runbook::Database;
use sizes::sizes;
use sqlx::Row;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgRow};
use std::time::{Duration, Instant};

/// How long one of these statements may take, in milliseconds: a page is not worth more of a busy server's time.
const HURRY: u32 = 5_000;

/// What is looked at: the tables of the expected indexes, or, where none are expected, the hundred largest of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    pub schema: String,
    /// Sorted; empty for the schema.
    pub tables: Vec<String>,
}

impl From<&Database> for Part {
    fn from(database: &Database) -> Self {
        let mut tables: Vec<String> = database.indexes.iter().map(|index| index.table.clone()).collect();
        tables.sort();
        tables.dedup();
        Self { schema: database.schema.clone(), tables }
    }
}

/// One reading: a few short statements, each a transaction of its own.
///
/// # Errors
/// The target cannot be reached or takes too long, and why.
pub async fn read(target: &Target, part: &Part) -> Result<Counters, TargetError> {
    let mut session = target.session().await?;
    session.statement_timeout(HURRY).await?;
    let counters = look(&mut session, part).await?;
    session.statement_timeout(STATEMENT_TIMEOUT).await?;
    session.done();
    Ok(counters)
}

/// Waits until the sessions of that name have ended and what they counted can be read. A session that stays is not waited for longer
/// than [`SETTLE`].
///
/// # Errors
/// The target cannot be reached, and why.
pub async fn settled(target: &Target, application_name: &str) -> Result<(), TargetError> {
    let mut session = target.session().await?;
    let begun = Instant::now();
    loop {
        let asked = sqlx::query_as(SESSIONS).bind(application_name);
        let (at_work, version): (bool, i32) = asked.fetch_one(&mut *session).await?;
        if !at_work || begun.elapsed() > SETTLE {
            session.done();
            // Before 15 counters went through a process of their own, whose answers may be half a second old.
            let late = if version < 150_000 { 600 } else { 0 };
            tokio::time::sleep(Duration::from_millis(late)).await;
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const SETTLE: Duration = Duration::from_secs(2);

const SESSIONS: &str = "
    SELECT EXISTS (SELECT FROM pg_stat_activity
                   WHERE datname = current_database() AND left(application_name, length($1)) = $1),
           current_setting('server_version_num')::int";

async fn look(session: &mut PgConnection, part: &Part) -> Result<Counters, TargetError> {
    let (at, reset, version): (Ms, Option<Ms>, i32) =
        sqlx::query_as(DATABASE).fetch_one(&mut *session).await?;
    let rows = sqlx::query(TABLES).bind(&part.schema).bind(&part.tables).fetch_all(&mut *session).await?;
    let tables: Vec<Oid> = rows.iter().map(|row| row.try_get("oid")).collect::<sqlx::Result<_>>()?;
    let mut found = rows.iter().map(table).collect::<sqlx::Result<Vec<_>>>()?;
    let rows = sqlx::query(indexes_sql(version)).bind(&tables).fetch_all(&mut *session).await?;
    let oids: Vec<Oid> = rows.iter().map(|row| row.try_get("oid")).collect::<sqlx::Result<_>>()?;
    let mut indexes = rows.iter().map(index).collect::<sqlx::Result<Vec<_>>>()?;
    for (table, (heap, of_indexes)) in found.iter_mut().zip(sizes(session, &tables).await?) {
        (table.heap_bytes, table.index_bytes) = (heap, of_indexes);
    }
    for (index, (bytes, _)) in indexes.iter_mut().zip(sizes(session, &oids).await?) {
        index.bytes = bytes;
    }
    let names: Vec<&str> = found.iter().map(|table| table.name.as_str()).collect();
    let statements = statements::read(session, &names).await?;
    Ok(Counters { at, reset, tables: found, indexes, statements })
}

const DATABASE: &str = "
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8, (extract(epoch FROM stats_reset) * 1000)::int8,
           current_setting('server_version_num')::int
    FROM pg_stat_database WHERE datname = current_database()";

const TABLES: &str = "
    SELECT s.relid AS oid, s.relname::text AS name, coalesce(s.seq_scan, 0) AS seq_scans, coalesce(s.seq_tup_read, 0) AS seq_rows,
           coalesce(s.idx_scan, 0) AS index_scans, s.n_tup_ins AS inserted, s.n_tup_upd AS updated,
           s.n_tup_hot_upd AS hot_updated, s.n_tup_del AS deleted, s.n_live_tup AS rows, s.n_dead_tup AS dead_rows,
           s.n_mod_since_analyze AS changed_since_analyze,
           (extract(epoch FROM greatest(s.last_vacuum, s.last_autovacuum)) * 1000)::int8 AS vacuumed,
           (extract(epoch FROM greatest(s.last_analyze, s.last_autoanalyze)) * 1000)::int8 AS analyzed
    FROM pg_stat_all_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname = $1 AND (cardinality($2::text[]) = 0 OR s.relname = ANY ($2))
    ORDER BY c.relpages DESC, s.relname LIMIT 100";

fn table(row: &PgRow) -> sqlx::Result<Table> {
    let traffic = Traffic {
        seq_scans: row.try_get("seq_scans")?,
        seq_rows: row.try_get("seq_rows")?,
        index_scans: row.try_get("index_scans")?,
        inserted: row.try_get("inserted")?,
        updated: row.try_get("updated")?,
        hot_updated: row.try_get("hot_updated")?,
        deleted: row.try_get("deleted")?,
    };
    Ok(Table {
        name: row.try_get("name")?,
        traffic,
        rows: row.try_get("rows")?,
        dead_rows: row.try_get("dead_rows")?,
        changed_since_analyze: row.try_get("changed_since_analyze")?,
        vacuumed: row.try_get("vacuumed")?,
        analyzed: row.try_get("analyzed")?,
        heap_bytes: None,
        index_bytes: None,
    })
}

/// `last_idx_scan` came with PostgreSQL 16.
fn indexes_sql(version: i32) -> &'static str {
    macro_rules! indexes {
        ($last_scan:literal) => {
            concat!(
                "SELECT s.indexrelid AS oid, s.indexrelname::text AS name, s.relname::text AS table, s.idx_scan AS scans,
                        s.idx_tup_read AS rows_read, s.idx_tup_fetch AS rows_fetched, ",
                $last_scan,
                " AS last_scan, i.indisvalid AND i.indisready AND i.indislive AS whole, i.indisunique AS unique
                 FROM pg_stat_all_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid
                 WHERE s.relid = ANY ($1) ORDER BY s.relname, s.indexrelname"
            )
        };
    }
    if version >= 160_000 {
        indexes!("(extract(epoch FROM s.last_idx_scan) * 1000)::int8")
    } else {
        indexes!("NULL::int8")
    }
}

fn index(row: &PgRow) -> sqlx::Result<Index> {
    let scans = Scans {
        scans: row.try_get("scans")?,
        rows_read: row.try_get("rows_read")?,
        rows_fetched: row.try_get("rows_fetched")?,
    };
    Ok(Index {
        name: row.try_get("name")?,
        table: row.try_get("table")?,
        scans,
        last_scan: row.try_get("last_scan")?,
        bytes: None,
        whole: row.try_get("whole")?,
        unique: row.try_get("unique")?,
    })
}
