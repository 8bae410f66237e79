//! How full the leaf pages of b-trees are, by pgstattuple. It reads whole indexes: what is too large for a page is left to the runbook of
//! the maintenance.

use super::{HURRY, Part};
use crate::aftercare::{Bloat, Leaf, Seen};
use crate::server::clock::now_ms;
use crate::server::target::connect::{STATEMENT_TIMEOUT, Target};
use crate::server::target::error::{TargetError, code};
use crate::server::target::sql::{from_runbook, quoted};
use sqlx::postgres::PgConnection;
use sqlx::postgres::types::Oid;

/// Bytes that are read in all, the smallest indexes first.
const MOST: i64 = 256_000_000;

const EXTENSION: &str = "
    SELECT n.nspname::text, has_schema_privilege(n.oid, 'USAGE'), has_function_privilege(p.oid, 'EXECUTE'), current_user::text
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = 'pgstatindex' AND p.proargtypes[0] = 'regclass'::regtype
    WHERE e.extname = 'pgstattuple'";

/// Those that pgstatindex can read.
const B_TREES: &str = "
    SELECT c.oid, c.relname::text, pg_relation_size(c.oid) AS bytes
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
    JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = $1 AND (cardinality($2::text[]) = 0 OR t.relname = ANY ($2)) AND a.amname = 'btree'
      AND c.relkind = 'i' AND c.relpersistence <> 't' AND i.indisvalid AND i.indisready AND i.indislive
    ORDER BY bytes LIMIT 1000";

/// # Errors
/// The target cannot be reached or takes too long, and why.
pub async fn bloat(target: &Target, part: &Part) -> Result<Seen<Bloat>, TargetError> {
    let mut session = target.session().await?;
    session.statement_timeout(HURRY).await?;
    let bloat = look(&mut session, part).await?;
    session.statement_timeout(STATEMENT_TIMEOUT).await?;
    session.done();
    Ok(bloat)
}

async fn look(session: &mut PgConnection, part: &Part) -> Result<Seen<Bloat>, TargetError> {
    let extension: Option<(String, bool, bool, String)> =
        sqlx::query_as(EXTENSION).fetch_optional(&mut *session).await?;
    let unseen = |why: &str, remedy: String| Ok(Seen::Unseen { why: why.to_owned(), remedy });
    let schema = match extension {
        None => {
            let remedy = "CREATE EXTENSION pgstattuple;".to_owned();
            return unseen("pgstattuple is not installed in this database.", remedy);
        }
        Some((schema, false, _, role)) => {
            let remedy = format!("GRANT USAGE ON SCHEMA {} TO {};", quoted(&schema), quoted(&role));
            return unseen("This role may not use the schema of pgstattuple.", remedy);
        }
        Some((_, _, false, role)) => {
            let remedy = format!("GRANT pg_stat_scan_tables TO {};", quoted(&role));
            return unseen("This role may not read whole indexes.", remedy);
        }
        Some((schema, ..)) => quoted(&schema),
    };
    let indexes: Vec<(Oid, String, Option<i64>)> =
        sqlx::query_as(B_TREES).bind(&part.schema).bind(&part.tables).fetch_all(&mut *session).await?;
    let statement =
        format!("SELECT nullif(avg_leaf_density, 'NaN') FROM {schema}.pgstatindex($1::oid::regclass)");
    let mut bloat = Bloat { at: now_ms(), leaves: Vec::new(), unread: Vec::new() };
    let mut read = 0;
    for (oid, index, bytes) in indexes {
        // Without a size it is gone.
        let Some(bytes) = bytes else { continue };
        read += bytes;
        if read > MOST {
            bloat.unread.push(index);
            continue;
        }
        match density(session, &statement, oid).await {
            Ok(density) => bloat.leaves.push(Leaf { index, bytes, density }),
            Err(error) if passing(&error) => bloat.unread.push(index),
            Err(error) => return Err(error),
        }
    }
    Ok(Seen::Seen(bloat))
}

async fn density(session: &mut PgConnection, sql: &str, oid: Oid) -> Result<Option<f64>, TargetError> {
    Ok(sqlx::query_scalar(from_runbook(sql)).bind(oid).fetch_one(session).await?)
}

/// It is locked, too slow to read, or gone: of no matter to the others.
fn passing(error: &TargetError) -> bool {
    let codes =
        [code::LOCK_NOT_AVAILABLE, code::QUERY_CANCELED, code::UNDEFINED_OBJECT, code::INTERNAL_ERROR];
    error.code().is_some_and(|code| codes.contains(&code.as_str()))
}
