//! What the database says about the part of it that a runbook changes: revisions and expected indexes. PostgreSQL 12 to 18.

use super::connect::Target;
use super::error::{TargetError, code};
use super::sql::{from_runbook, quoted};
use super::surroundings::{dependants, writes};
use crate::run::Reading;
use crate::run::reading::{IndexSays, IndexState, Says, Stray};
use crate::runbook::{Database, ExpectedIndex, Revision};
use crate::server::clock::now_ms;
use sqlx::Row;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgRow};

/// One look, in a session of the console.
pub async fn read(target: &Target, database: &Database) -> Reading {
    let read = async {
        let mut session = target.session().await?;
        let says = look(&mut session, database).await?;
        session.done();
        Ok::<_, TargetError>(says)
    };
    match read.await {
        Ok(says) => Reading::Says(says),
        Err(error) => Reading::Unreachable { at: now_ms(), error: error.to_string() },
    }
}

/// One look, in this session.
///
/// # Errors
/// The server's, for instance where the role may not read the revision table.
pub async fn look(session: &mut PgConnection, database: &Database) -> Result<Says, TargetError> {
    let revisions = match &database.revision {
        Some(revision) => revisions(session, &database.schema, revision).await?,
        None => Vec::new(),
    };
    let indexes = indexes(session, &database.schema, &database.indexes).await?;
    let strays = strays(session, database).await?;
    let dependants = dependants(session, &database.schema).await?;
    let writes = Some(writes(session, database).await?);
    Ok(Says { at: now_ms(), revisions, indexes, strays, dependants, writes })
}

async fn revisions(
    session: &mut PgConnection,
    schema: &str,
    revision: &Revision,
) -> Result<Vec<String>, TargetError> {
    let (schema, table, column) = (quoted(schema), quoted(&revision.table), quoted(&revision.column));
    let statement = format!("SELECT {column}::text FROM {schema}.{table} ORDER BY 1");
    let rows = sqlx::query_scalar(from_runbook(&statement)).persistent(false).fetch_all(session).await;
    match rows.map_err(TargetError::from) {
        Err(error)
            if matches!(error.code().as_deref(), Some(code::UNDEFINED_TABLE | code::INVALID_SCHEMA_NAME)) =>
        {
            Ok(Vec::new())
        }
        rows => rows,
    }
}

/// One row an expected index, in their order. A role without pg_read_all_stats sees the builds of others as rows of NULLs: then an
/// index that is not valid may be the one that is being built, and is not called left behind.
const INDEXES: &str = "
    SELECT c.oid, c.relkind IN ('i', 'I') AS is_index,
           i.indisvalid AND i.indisready AND i.indislive AS is_whole,
           EXISTS (SELECT FROM pg_stat_progress_create_index p
                   WHERE p.datname = current_database() AND (p.index_relid = c.oid OR p.relid IS NULL)) AS is_building,
           pg_get_indexdef(c.oid) AS definition, pg_stat_get_numscans(i.indexrelid) AS scans, con.conname::text AS constraint
    FROM unnest($2::text[]) WITH ORDINALITY AS e(name, place)
    LEFT JOIN pg_namespace n ON n.nspname = $1
    LEFT JOIN pg_class c ON c.relname = e.name AND c.relnamespace = n.oid
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    LEFT JOIN pg_constraint con ON con.conindid = c.oid AND con.contype IN ('p', 'u', 'x')
    ORDER BY e.place";

/// Indexes of the schema that are not whole and not named in the runbook. A partitioned index is no index of its own.
const STRAYS: &str = "
    SELECT c.relname::text AS name, t.relname::text AS table, pg_get_indexdef(c.oid) AS definition
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname <> ALL ($2::text[]) AND NOT (i.indisvalid AND i.indisready AND i.indislive)
      AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p
                      WHERE p.datname = current_database() AND (p.index_relid = c.oid OR p.relid IS NULL))
    ORDER BY 1";

async fn strays(session: &mut PgConnection, database: &Database) -> Result<Vec<Stray>, TargetError> {
    let names: Vec<&str> = database.indexes.iter().map(|index| index.name.as_str()).collect();
    let stray = |row: PgRow| {
        Ok(Stray {
            name: row.try_get("name")?,
            table: row.try_get("table")?,
            definition: row.try_get("definition")?,
        })
    };
    Ok(sqlx::query(STRAYS).bind(&database.schema).bind(names).try_map(stray).fetch_all(session).await?)
}

struct Found {
    oid: Option<Oid>,
    is_index: Option<bool>,
    is_whole: Option<bool>,
    is_building: bool,
    definition: Option<String>,
    scans: Option<i64>,
    constraint: Option<String>,
}

async fn indexes(
    session: &mut PgConnection,
    schema: &str,
    expected: &[ExpectedIndex],
) -> Result<Vec<IndexSays>, TargetError> {
    if expected.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = expected.iter().map(|index| index.name.as_str()).collect();
    let rows = sqlx::query(INDEXES).bind(schema).bind(names).try_map(|row| Found::of(&row));
    let found = rows.fetch_all(&mut *session).await?;
    let sizes = sizes(session, &found).await?;
    let says = expected.iter().zip(found).zip(sizes).map(|((expected, found), bytes)| IndexSays {
        name: expected.name.clone(),
        table: expected.table.clone(),
        state: found.state(&expected.definition),
        bytes: bytes.filter(|_| found.is_index == Some(true)),
        definition: found.definition,
        scans: found.scans,
        constraint: found.constraint,
    });
    Ok(says.collect())
}

impl Found {
    fn of(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            oid: row.try_get("oid")?,
            is_index: row.try_get("is_index")?,
            is_whole: row.try_get("is_whole")?,
            is_building: row.try_get("is_building")?,
            definition: row.try_get("definition")?,
            scans: row.try_get("scans")?,
            constraint: row.try_get("constraint")?,
        })
    }

    fn state(&self, expected: &str) -> IndexState {
        match (self.is_index, self.is_whole) {
            (None, _) => IndexState::Missing,
            (Some(false), _) => IndexState::NameTaken,
            (Some(true), Some(true)) if self.definition.as_deref() == Some(expected) => IndexState::Ok,
            (Some(true), Some(true)) => IndexState::Different,
            (Some(true), _) if self.is_building => IndexState::Building,
            (Some(true), _) => IndexState::Invalid,
        }
    }
}

/// By oid, which needs no right on the schema. Reading a size waits for whoever drops the index, and that is not worth the
/// reading: sizes are then unknown.
async fn sizes(session: &mut PgConnection, found: &[Found]) -> Result<Vec<Option<i64>>, TargetError> {
    let oids: Vec<_> = found.iter().map(|found| found.oid.unwrap_or_default()).collect();
    let rows = sqlx::query(
        "SELECT pg_relation_size(oid) FROM unnest($1::oid[]) WITH ORDINALITY AS e(oid, place) ORDER BY place",
    )
    .bind(oids)
    .try_map(|row: PgRow| row.try_get(0))
    .fetch_all(session)
    .await;
    match rows.map_err(TargetError::from) {
        Err(error) if error.code().as_deref() == Some(code::LOCK_NOT_AVAILABLE) => {
            Ok(vec![None; found.len()])
        }
        rows => rows,
    }
}
