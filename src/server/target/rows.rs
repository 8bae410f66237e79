//! The rows of one SELECT of a runbook, as text, in a READ ONLY transaction that is rolled back.

use super::bind::{self, Argument};
use super::error::TargetError;
use super::sql::from_runbook;
use crate::run::table::{Column, Judge, Table};
use crate::runbook::Expect;
use crate::verdict::Finding;
use futures::TryStreamExt;
use sqlx::postgres::{PgArguments, PgConnection, PgStatement};
use sqlx::{Column as _, Row, SqlStr, Statement, TypeInfo};

/// What is kept of a result; all of it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    pub rows: usize,
    pub bytes: usize,
}

/// The server's prepared statements take one statement each, so nothing can follow the SELECT and leave the transaction. Every column
/// is cast to text by the server, whatever its type: no knowledge of types is needed here, and what people read is what psql shows
/// (except that truth is spelled out).
///
/// # Errors
/// The server's: for instance that a READ ONLY transaction cannot execute DELETE, or that there are several statements.
pub async fn select(
    session: &mut PgConnection,
    sql: &str,
    arguments: &[Argument<'_>],
    expect: &Expect,
    keep: Keep,
) -> Result<(Table, Vec<Finding>), TargetError> {
    sqlx::raw_sql(BEGIN).execute(&mut *session).await?;
    let selected = inside(session, sql, arguments, expect, keep).await;
    let rolled_back = sqlx::raw_sql("ROLLBACK").execute(&mut *session).await;
    let selected = selected?;
    rolled_back?;
    Ok(selected)
}

/// A runbook's SQL means what it means in psql, so it has the role's own search_path.
const BEGIN: &str = "BEGIN READ ONLY; SET LOCAL search_path TO DEFAULT";

async fn inside(
    session: &mut PgConnection,
    sql: &str,
    arguments: &[Argument<'_>],
    expect: &Expect,
    keep: Keep,
) -> Result<(Table, Vec<Finding>), TargetError> {
    let sql = sql.trim().trim_end_matches(';');
    let (bound, statement) = bind::prepare_select(session, sql, arguments).await?;
    let columns = columns(&statement);
    let mut judge = Judge::new(expect, &columns);
    let mut table = Table { columns, ..Table::default() };
    let mut bytes = 0;
    let mut stream = query(as_text(sql, table.columns.len()), bound).fetch(session);
    while let Some(row) = stream.try_next().await? {
        let row: Vec<Option<String>> =
            (0..table.columns.len()).map(|at| row.try_get(at)).collect::<Result<_, _>>()?;
        judge.row(&row);
        table.total_rows += 1;
        let size = row.iter().flatten().map(String::len).sum::<usize>();
        // Once a row was left out, no later one is kept: what is shown is the beginning of the result.
        let whole = table.rows.len() as u64 + 1 == table.total_rows;
        if whole && table.rows.len() < keep.rows && bytes + size <= keep.bytes {
            bytes += size;
            table.rows.push(row);
        }
    }
    Ok((table, judge.finish()))
}

fn query(sql: SqlStr, bound: PgArguments) -> sqlx::query::Query<'static, sqlx::Postgres, PgArguments> {
    sqlx::query_with(sql, bound).persistent(false)
}

fn columns(statement: &PgStatement) -> Vec<Column> {
    let columns = statement.columns().iter();
    columns.map(|c| Column { name: c.name().to_owned(), kind: c.type_info().name().to_owned() }).collect()
}

/// Columns get names of their own, for a SELECT may give the same name twice. The line break ends a comment at the SELECT's end.
fn as_text(sql: &str, columns: usize) -> SqlStr {
    let list = |suffix: &str| (1..=columns).map(|n| format!("c{n}{suffix}")).collect::<Vec<_>>().join(", ");
    from_runbook(&format!("SELECT {} FROM (\n{sql}\n) AS q({})", list("::text"), list("")))
}
