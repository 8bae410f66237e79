//! Under which conditions plans are measured: settings, statistics, and which indexes there are to choose from.

use super::Failed;
use crate::plan::Plan;
use sqlx::postgres::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

/// The settings that plans and times depend on, with the server's version, as SHOW tells them.
pub(super) async fn settings(session: &mut PgConnection) -> Result<BTreeMap<String, String>, Failed> {
    const SETTINGS: &str = "
        SELECT name, current_setting(name)
        FROM pg_catalog.pg_settings
        WHERE category LIKE 'Query Tuning /%'
           OR name IN ('server_version', 'shared_buffers', 'work_mem', 'hash_mem_multiplier', 'temp_buffers',
                       'effective_io_concurrency', 'max_parallel_workers', 'max_parallel_workers_per_gather',
                       'parallel_leader_participation', 'io_method', 'io_combine_limit', 'track_io_timing')";
    Ok(sqlx::query_as(SETTINGS).fetch_all(session).await?.into_iter().collect())
}

/// Tables of the plan that were never analyzed, or of whose rows more changed since than make autovacuum analyze (by default 50 and a
/// tenth of them).
pub(super) async fn stale(session: &mut PgConnection, plan: &Plan) -> Result<Vec<String>, Failed> {
    const STALE: &str = "
        SELECT s.schemaname || '.' || s.relname
        FROM unnest($1::text[], $2::text[]) AS r(schema, name)
        JOIN pg_catalog.pg_stat_all_tables s ON s.schemaname = r.schema AND s.relname = r.name
        JOIN pg_catalog.pg_class c ON c.oid = s.relid
        WHERE c.reltuples < 0 OR s.n_mod_since_analyze > 50 + 0.1 * c.reltuples
        ORDER BY 1";
    let (schemas, names) = tables(plan);
    Ok(sqlx::query_scalar(STALE).bind(schemas).bind(names).fetch_all(session).await?)
}

/// Those of the indexes that none of the plan's tables has, or has not valid: the planner could not take them.
pub(super) async fn absent(
    session: &mut PgConnection,
    plan: &Plan,
    indexes: &[String],
) -> Result<Vec<String>, Failed> {
    const ABSENT: &str = "
        SELECT e.name
        FROM unnest($3::text[]) AS e(name)
        WHERE NOT EXISTS (
            SELECT FROM unnest($1::text[], $2::text[]) AS r(schema, name)
            JOIN pg_catalog.pg_namespace n ON n.nspname = r.schema
            JOIN pg_catalog.pg_class t ON t.relnamespace = n.oid AND t.relname = r.name
            JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND i.indisvalid AND i.indisready AND i.indislive
            JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relname = e.name)";
    let (schemas, names) = tables(plan);
    Ok(sqlx::query_scalar(ABSENT).bind(schemas).bind(names).bind(indexes).fetch_all(session).await?)
}

fn tables(plan: &Plan) -> (Vec<&str>, Vec<&str>) {
    let read =
        plan.nodes.iter().filter_map(|node| Some((node.schema.as_deref()?, node.relation.as_deref()?)));
    read.collect::<BTreeSet<_>>().into_iter().unzip()
}
