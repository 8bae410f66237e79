//! One index put right, CONCURRENTLY. The database is looked at right before and right after: what was seen when the remedy was chosen may
//! have changed, and what the statements said is not what counts.

use super::query::tell;
use super::stop::Stopping;
use super::{Failed, say, sql};
use crate::run::reading::Says;
use crate::run::remedy::{fits, is_done};
use crate::run::result::StepResult;
use crate::runbook::{Database, Remedy, Sql};
use crate::server::target::{TargetError, reading};
use crate::verdict::{Finding, Verdict};
use sqlx::postgres::PgConnection;

pub(super) async fn carry_out(
    session: &mut PgConnection,
    database: &Database,
    remedy: &Remedy,
    stopping: &Stopping,
) -> Result<StepResult, Failed> {
    let unfit = |why: String| Failed::Target(TargetError::Unfit(format!("nothing was done: {why}")));
    // Definitions are compared as text, and names in them depend on the search path.
    sqlx::raw_sql("SET search_path = pg_catalog").execute(&mut *session).await?;
    may_build_here(session).await.map_err(unfit)?;
    let before = reading::look(session, database).await?;
    say(&format!("{} is {}", remedy.index, state(&before, remedy)));
    fits(remedy, &before, database).map_err(unfit)?;
    nobody_builds(session, database, remedy).await.map_err(unfit)?;
    let statements = remedy.statements(database);
    let statements =
        statements.ok_or_else(|| unfit(format!("the runbook does not define {}", remedy.index)))?;
    let mut result = sql::carry_out(session, &Sql { statements, transaction: false }, stopping).await?;
    let after = reading::look(session, database).await?;
    result.findings.push(finding(remedy, &after));
    tell(&result.findings);
    Ok(result)
}

fn finding(remedy: &Remedy, says: &Says) -> Finding {
    let verdict = if is_done(remedy, says) { Verdict::Pass } else { Verdict::Fail };
    Finding { subject: remedy.index.clone(), verdict, reason: format!("it is {} now", state(says, remedy)) }
}

fn state(says: &Says, remedy: &Remedy) -> &'static str {
    match says.index(&remedy.index) {
        Some(index) => index.state.word(),
        None if says.strays.iter().any(|stray| stray.name == remedy.index) => "left behind by a rebuild",
        None => "gone",
    }
}

/// 14.0 to 14.3 can corrupt an index that is built CONCURRENTLY (release notes of 14.4).
async fn may_build_here(session: &mut PgConnection) -> Result<(), String> {
    let version = session.server_version_num().unwrap_or_default();
    if (140_000..140_004).contains(&version) {
        return Err("PostgreSQL 14.0 to 14.3 can corrupt an index that is built CONCURRENTLY: update first"
            .to_owned());
    }
    let standby = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(session).await;
    match standby {
        Ok(false) => Ok(()),
        Ok(true) => Err("this is a standby: connect to the primary".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A build of any index of the table, also one that this role may not look at.
async fn nobody_builds(
    session: &mut PgConnection,
    database: &Database,
    remedy: &Remedy,
) -> Result<(), String> {
    const BUILDERS: &str = "
        SELECT p.pid
        FROM pg_catalog.pg_stat_progress_create_index p
        WHERE p.datname = current_database()
          AND (p.relid IS NULL OR p.relid IN (
                SELECT t.oid FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
                WHERE n.nspname = $1 AND t.relname = $2
                UNION ALL
                SELECT i.indrelid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = $1 AND c.relname = $3))";
    let expected = database.indexes.iter().find(|index| index.name == remedy.index);
    let table = expected.map_or("", |index| index.table.as_str());
    let query = sqlx::query_scalar(BUILDERS).bind(&database.schema).bind(table).bind(&remedy.index);
    let builders: Vec<i32> = query.fetch_all(session).await.map_err(|error| error.to_string())?;
    match builders.first() {
        None => Ok(()),
        Some(pid) => {
            Err(format!("an index of the table is being built by process {pid}: let that end, or cancel it"))
        }
    }
}
