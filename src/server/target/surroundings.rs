//! What counts for a way back besides the change itself: who depends on the schema from outside, and how much was written.

use super::error::TargetError;
use super::sql::quoted;
use crate::run::writes::{TableWrites, Writes};
use crate::runbook::Database;
use sqlx::Row;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgRow};

/// `$1` is a quoted name: `to_regnamespace` reads its text as SQL does. They follow a schema that is renamed, not the one that is restored under its name. Publications do so too.
const DEPENDANTS: &str = "
    WITH own AS (
        SELECT 'pg_class'::regclass AS class, oid FROM pg_class WHERE relnamespace = to_regnamespace($1)
        UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = to_regnamespace($1)
        UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = to_regnamespace($1)
    ), dependant AS (
        SELECT CASE WHEN w.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END AS class,
               coalesce(w.ev_class, d.objid) AS oid,
               coalesce(c.relnamespace, p.pronamespace) AS namespace
        FROM own
        JOIN pg_depend d ON d.refclassid = own.class AND d.refobjid = own.oid AND d.deptype IN ('n', 'a')
        LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
        LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
        LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
        LEFT JOIN pg_class r ON d.classid = 'pg_class'::regclass AND r.oid = d.objid
        LEFT JOIN pg_class c ON c.oid = coalesce(w.ev_class, k.conrelid, a.adrelid, r.oid)
        LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
    )
    SELECT DISTINCT o.type || ' ' || o.identity
    FROM dependant, LATERAL pg_identify_object(class, oid, 0) o
    WHERE namespace <> to_regnamespace($1)
    UNION
    SELECT format('publication %I of %s', p.pubname, r.prrelid::regclass)
    FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid JOIN pg_class c ON c.oid = r.prrelid
    WHERE c.relnamespace = to_regnamespace($1)
    ORDER BY 1";

/// The table of revisions is left out: the change itself writes there. A crash resets all counters, which `pg_stat_bgwriter` tells.
const WRITES: &str = "
    SELECT c.oid, c.relname::text AS table, pg_stat_get_tuples_inserted(c.oid) AS inserted,
           pg_stat_get_tuples_updated(c.oid) AS updated, pg_stat_get_tuples_deleted(c.oid) AS deleted
    FROM pg_class c
    WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r' AND c.relname IS DISTINCT FROM $2
    ORDER BY c.relname";

const RESET: &str = "
    SELECT (1000 * extract(epoch FROM greatest(
        (SELECT stats_reset FROM pg_stat_bgwriter),
        (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()))))::bigint";

/// # Errors
/// The server's.
pub async fn dependants(session: &mut PgConnection, schema: &str) -> Result<Vec<String>, TargetError> {
    Ok(sqlx::query_scalar(DEPENDANTS).bind(quoted(schema)).fetch_all(session).await?)
}

/// # Errors
/// The server's.
pub async fn writes(session: &mut PgConnection, database: &Database) -> Result<Writes, TargetError> {
    let table = |row: PgRow| {
        let oid: Oid = row.try_get("oid")?;
        Ok(TableWrites {
            oid: oid.0,
            table: row.try_get("table")?,
            inserted: row.try_get("inserted")?,
            updated: row.try_get("updated")?,
            deleted: row.try_get("deleted")?,
        })
    };
    let revisions = database.revision.as_ref().map(|revision| &revision.table);
    let tables = sqlx::query(WRITES).bind(quoted(&database.schema)).bind(revisions).try_map(table);
    let tables = tables.fetch_all(&mut *session).await?;
    let reset = sqlx::query_scalar(RESET).fetch_one(session).await?;
    Ok(Writes { reset, tables })
}
