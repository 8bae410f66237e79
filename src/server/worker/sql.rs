//! Statements, each sent by itself, the first error the last.

use super::stop::Stopping;
use super::{Failed, say};
use crate::run::result::{Body, Statement, StepResult};
use crate::runbook::Sql;
use crate::server::target::sql::from_runbook;
use crate::text::duration;
use crate::text::number::grouped;
use sqlx::postgres::PgConnection;
use std::time::Instant;

pub(super) async fn carry_out(
    session: &mut PgConnection,
    sql: &Sql,
    stopping: &Stopping,
) -> Result<StepResult, Failed> {
    if sql.transaction {
        say("BEGIN");
        sqlx::raw_sql("BEGIN").execute(&mut *session).await?;
    }
    let mut statements = Vec::new();
    for (at, text) in sql.statements.iter().enumerate() {
        stopping.check()?;
        say(&format!("[{}/{}] {}", at + 1, sql.statements.len(), text.trim()));
        let begun = Instant::now();
        // As a prepared statement, of which the server takes one at a time.
        let done = sqlx::query(from_runbook(text)).persistent(false).execute(&mut *session).await?;
        let ms = begun.elapsed().as_secs_f64() * 1_000.0;
        let rows = done.rows_affected();
        let counted = if rows > 0 { format!(", {} rows", grouped(rows)) } else { String::new() };
        say(&format!("      done in {}{counted}", duration::exact(ms)));
        statements.push(Statement { sql: text.clone(), rows_affected: rows, ms });
    }
    if sql.transaction {
        stopping.check()?;
        sqlx::raw_sql("COMMIT").execute(session).await?;
        say("COMMIT");
    }
    Ok(StepResult { findings: Vec::new(), body: Body::Sql { statements } })
}
