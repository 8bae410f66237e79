//! Every statement prepared by the real server, with the types of its parameters, in a READ ONLY transaction that is rolled back. Nothing is
//! carried out.

use super::Look;
use super::catalogue::first_line;
use crate::preflight::advice;
use crate::preflight::collect::{self, Query};
use crate::preflight::name::Name;
use crate::preflight::report::{Place, Remark, Weight};
use crate::preflight::source::Source;
use crate::preflight::statement::Does;
use crate::runbook::ParameterType;
use crate::server::target::TargetError;
use crate::server::target::bind::describe;
use crate::server::target::error::code;
use sqlx::postgres::{PgConnection, PgStatement};
use sqlx::{Column, Either, Statement, TypeInfo};

#[derive(Default)]
pub(super) struct Prepared {
    pub count: usize,
    pub remarks: Vec<Remark>,
}

/// # Errors
/// Only where the target is gone; a statement that it refuses is a remark.
pub(super) async fn all(
    look: &Look<'_>,
    session: &mut PgConnection,
    sources: &[Source],
    version: i32,
) -> Result<Prepared, TargetError> {
    let mut prepared = Prepared::default();
    let made: Vec<Name> = sources
        .iter()
        .flat_map(|source| &source.statements)
        .filter_map(|read| match &read.does {
            Does::Creates(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let said = Said { version, made };
    for query in collect::queries(look.subject.runbook) {
        let place = look.place(&query.path, &query.part);
        let kinds: Vec<ParameterType> = query
            .bind
            .iter()
            .filter_map(|name| Some(look.subject.runbook.parameters.get(name)?.kind))
            .collect();
        let sql = query.sql.trim().trim_end_matches(';');
        match one(session, sql, &kinds).await? {
            Err(error) => prepared.remarks.push(said.refused(&error, sql, &place)),
            Ok(statement) => match misfit(&query, &statement, &kinds) {
                Some(reason) => prepared.remarks.push(Remark::new(
                    Weight::Fail,
                    "statement-does-not-fit",
                    &place,
                    first_line(sql),
                    reason,
                )),
                None => prepared.count += 1,
            },
        }
    }
    for written in collect::written(look.subject.runbook) {
        let place = look.place(&written.path, &written.part);
        for sql in written.statements {
            said.statement(session, sql, &place, &mut prepared).await?;
        }
    }
    for source in sources {
        for read in &source.statements {
            let again = source.runs == "SQL";
            if !again && read.does == Does::Planned {
                said.statement(session, &read.sql, &source.place, &mut prepared).await?;
            }
            if let Some(query) = &read.query {
                said.statement(session, query, &source.place, &mut prepared).await?;
            }
        }
    }
    Ok(prepared)
}

/// In a transaction of its own; the inner error is the server's on this statement.
async fn one(
    session: &mut PgConnection,
    sql: &str,
    kinds: &[ParameterType],
) -> Result<Result<PgStatement, TargetError>, TargetError> {
    sqlx::raw_sql("BEGIN READ ONLY; SET LOCAL search_path TO DEFAULT").execute(&mut *session).await?;
    let described = describe(session, sql, kinds).await;
    sqlx::raw_sql("ROLLBACK").execute(session).await?;
    Ok(described)
}

/// What makes the server's complaints into remarks.
struct Said {
    version: i32,
    /// What steps of the runbook make.
    made: Vec<Name>,
}

impl Said {
    async fn statement(
        &self,
        session: &mut PgConnection,
        sql: &str,
        place: &Place,
        prepared: &mut Prepared,
    ) -> Result<(), TargetError> {
        match one(session, sql, &[]).await? {
            Ok(_) => prepared.count += 1,
            Err(error) => prepared.remarks.push(self.refused(&error, sql, place)),
        }
        Ok(())
    }

    fn refused(&self, error: &TargetError, sql: &str, place: &Place) -> Remark {
        let reason = error.to_string();
        let made_before = error.code().as_deref() == Some(code::UNDEFINED_TABLE)
            && self.made.iter().any(|made| reason.contains(&made.name));
        if made_before {
            let reason = format!(
                "It can only be looked at once a step of this runbook has made what it asks for: {reason}."
            );
            return Remark::new(Weight::Unknown, "statement-not-prepared", place, first_line(sql), reason);
        }
        let remark = Remark::new(
            Weight::Fail,
            "statement-refused",
            place,
            first_line(sql),
            format!("The server says: {reason}."),
        );
        match advice::on(sql, &reason, self.version) {
            Some(advice) => remark.remedy(advice),
            None => remark,
        }
    }
}

/// Why a statement that the server understands is still not what is needed.
fn misfit(query: &Query<'_>, statement: &PgStatement, kinds: &[ParameterType]) -> Option<String> {
    let columns: Vec<&str> = statement.columns().iter().map(Column::name).collect();
    if columns.is_empty() {
        return Some("Expected one SELECT, came a statement that yields no rows.".to_owned());
    }
    if query.one_value && columns.len() != 1 {
        return Some(format!("Expected a SELECT of one value, came {} columns.", columns.len()));
    }
    let wanted = match statement.parameters() {
        Some(Either::Left(wanted)) => wanted,
        _ => &[],
    };
    if wanted.len() > query.bind.len() {
        return Some(format!("It has {} parameters, and {} are bound.", wanted.len(), query.bind.len()));
    }
    let time = |kind: &str| matches!(kind, "TIMESTAMP" | "TIMESTAMPTZ" | "DATE" | "TEXT");
    let wrong = kinds.iter().zip(wanted).zip(query.bind);
    let wrong =
        wrong.filter(|((kind, wanted), _)| **kind == ParameterType::Timestamp && !time(wanted.name()));
    if let Some(((_, wanted), name)) = wrong.into_iter().next() {
        return Some(format!(
            "The parameter `{name}` is a timestamp, and the statement wants {}.",
            wanted.name()
        ));
    }
    let expected = query.expect.iter().flat_map(|expect| &expect.every);
    let missing = expected.map(|check| check.column.as_str()).find(|column| !columns.contains(column))?;
    Some(format!("What is expected names the column `{missing}`, and it yields {}.", columns.join(", ")))
}
