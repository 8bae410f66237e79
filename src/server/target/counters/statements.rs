//! What pg_stat_statements has counted: statements of this database that read or write the tables looked at, by the words of their text,
//! with or without a schema's name before the table's.

use crate::aftercare::{Seen, Statement};
use crate::server::target::error::{TargetError, code};
use crate::server::target::sql::{from_runbook, quoted};
use sqlx::postgres::PgConnection;

/// Where the extension is, and the names of its columns: they changed with its version, which need not be that of the server.
const EXTENSION: &str = "
    SELECT n.nspname::text, array_agg(a.attname::text) FILTER (WHERE a.attname IN ('total_exec_time', 'stats_since')),
           current_user::text
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'pg_stat_statements'
    JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE e.extname = 'pg_stat_statements' GROUP BY n.nspname";

fn unseen<T>(why: &str, remedy: String) -> Seen<T> {
    Seen::Unseen { why: why.to_owned(), remedy }
}

/// # Errors
/// The target's.
pub async fn read(session: &mut PgConnection, tables: &[&str]) -> Result<Seen<Vec<Statement>>, TargetError> {
    let extension: Option<(String, Option<Vec<String>>, String)> =
        sqlx::query_as(EXTENSION).fetch_optional(&mut *session).await?;
    let Some((schema, columns, role)) = extension else {
        let remedy =
            "CREATE EXTENSION pg_stat_statements; -- and shared_preload_libraries = 'pg_stat_statements'";
        return Ok(unseen("pg_stat_statements is not installed in this database.", remedy.to_owned()));
    };
    let sql = statement(&schema, &columns.unwrap_or_default());
    let words: Vec<String> = tables.iter().map(|table| literally(table)).collect();
    let words = format!(r"\m({})\M", words.join("|"));
    let asked = sqlx::query_as(from_runbook(&sql)).bind(words).fetch_all(&mut *session).await;
    let rows: Vec<(i64, i64, f64, Option<i64>, String, bool)> = match asked.map_err(TargetError::from) {
        Ok(rows) => rows,
        Err(error) => return cannot(&schema, &role, error),
    };
    if rows.iter().any(|row| row.5) {
        let why = "Statements of other roles are hidden from this one.";
        return Ok(unseen(why, format!("GRANT pg_read_all_stats TO {};", quoted(&role))));
    }
    let statements = rows.into_iter();
    Ok(Seen::Seen(
        statements
            .map(|(id, calls, total_ms, since, text, _)| Statement { id, calls, total_ms, since, text })
            .collect(),
    ))
}

/// One row a statement, over all roles. A hidden statement has no id and is told in one row.
fn statement(schema: &str, columns: &[String]) -> String {
    let has = |name: &str| columns.iter().any(|column| column == name);
    let total = if has("total_exec_time") { "total_exec_time" } else { "total_time" };
    let since =
        if has("stats_since") { "(extract(epoch FROM min(stats_since)) * 1000)::int8" } else { "NULL::int8" };
    format!(
        r"SELECT coalesce(queryid, 0), sum(calls)::int8, sum({total})::float8, {since},
                 min(left(regexp_replace(query, '\s+', ' ', 'g'), 300)), queryid IS NULL
          FROM {schema}.pg_stat_statements
          WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (queryid IS NULL OR query ~* '^\s*(select|insert|update|delete|merge|with)\M' AND query ~ $1)
          GROUP BY queryid",
        schema = quoted(schema)
    )
}

/// Without the library nothing is counted; without the right on the extension's schema its view cannot be named.
fn cannot<T>(schema: &str, role: &str, error: TargetError) -> Result<Seen<T>, TargetError> {
    match error.code().as_deref() {
        Some(code::NOT_LOADED) => {
            let remedy =
                "shared_preload_libraries = 'pg_stat_statements' -- in postgresql.conf, then restart";
            Ok(unseen(
                "pg_stat_statements is installed, but the server has not loaded it.",
                remedy.to_owned(),
            ))
        }
        Some(code::INSUFFICIENT_PRIVILEGE) => {
            let (schema, role) = (quoted(schema), quoted(role));
            let remedy = format!(
                "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON {schema}.pg_stat_statements TO {role};"
            );
            Ok(unseen("This role may not read pg_stat_statements.", remedy))
        }
        Some(code::QUERY_CANCELED) => {
            let why = "Reading pg_stat_statements took too long and was given up.";
            Ok(unseen(why, "Its texts may be very long: pg_stat_statements_reset() begins anew.".to_owned()))
        }
        _ => Err(error),
    }
}

/// A name as a regular expression that matches nothing else.
fn literally(name: &str) -> String {
    let escaped =
        name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c.to_string() } else { format!("\\{c}") });
    escaped.collect()
}
