//! Values of parameters as bound arguments: they travel beside the statement and never become part of its text.

use super::error::TargetError;
use super::sql::from_runbook;
use crate::runbook::{Id, ParameterType, Value};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnection, PgStatement, PgTypeInfo, PgValueFormat};
use sqlx::{
    Arguments, Connection, Either, Encode, Executor, Postgres, Row, SqlStr, Statement, Type, TypeInfo,
    ValueRef,
};
use std::collections::BTreeMap;

/// A parameter to be bound, with the type that its runbook gives it.
#[derive(Clone, Debug)]
pub struct Argument<'a> {
    pub name: &'a Id,
    pub kind: ParameterType,
    pub value: &'a Value,
}

/// The parameters that a statement binds, `$1` first.
///
/// # Errors
/// The name of one that has no type or no value.
pub fn arguments<'a>(
    bind: &'a [Id],
    kinds: &BTreeMap<Id, ParameterType>,
    values: &'a BTreeMap<Id, Value>,
) -> Result<Vec<Argument<'a>>, TargetError> {
    let argument = |name: &'a Id| match (kinds.get(name), values.get(name)) {
        (Some(kind), Some(value)) => Ok(Argument { name, kind: *kind, value }),
        _ => Err(TargetError::Unfit(format!("expected a value for the parameter `{name}`, came none"))),
    };
    bind.iter().map(argument).collect()
}

/// The statement's text with its arguments, prepared by the server, which refuses more than one statement in it.
///
/// # Errors
/// The server's, or a value that is not of its parameter's type.
pub async fn prepare(
    session: &mut PgConnection,
    sql: &str,
    arguments: &[Argument<'_>],
) -> Result<(SqlStr, PgArguments, PgStatement), TargetError> {
    let sql = from_runbook(sql);
    let kinds: Vec<PgTypeInfo> = arguments.iter().map(|argument| declared(argument.kind)).collect();
    let statement = session.prepare_with(sql.clone(), &kinds).await?;
    let mut bound = PgArguments::default();
    for (place, argument) in arguments.iter().enumerate() {
        let misfit = || {
            let name = argument.name;
            TargetError::Unfit(format!(
                "the parameter `{name}`: expected {:?}, came {:?}",
                argument.kind, argument.value
            ))
        };
        let added = match (argument.kind, argument.value) {
            (ParameterType::Text, Value::Text(value)) => bound.add(value),
            (ParameterType::Integer, Value::Integer(value)) => bound.add(value),
            (ParameterType::Number, Value::Number(value)) => bound.add(value),
            (ParameterType::Number, Value::Integer(value)) => bound.add(*value as f64),
            (ParameterType::Boolean, Value::Boolean(value)) => bound.add(value),
            (ParameterType::Uuid, Value::Text(value)) => {
                bound.add(uuid::Uuid::parse_str(value).map_err(|_| misfit())?)
            }
            (ParameterType::Timestamp, Value::Text(value)) => {
                let wanted = match statement.parameters() {
                    Some(Either::Left(kinds)) => kinds.get(place).cloned(),
                    _ => None,
                };
                bound.add(point_in_time(session, value, wanted).await?)
            }
            _ => return Err(misfit()),
        };
        added.map_err(|error| TargetError::Unfit(format!("the parameter `{}`: {error}", argument.name)))?;
    }
    Ok((sql, bound, statement))
}

/// As [`prepare`], of a statement that yields rows. CREATE TABLE AS and SELECT INTO yield none, and EXPLAIN ANALYZE would carry them
/// out even in a READ ONLY transaction.
///
/// # Errors
/// Those of [`prepare`], and that the statement is none that yields rows.
pub async fn prepare_select(
    session: &mut PgConnection,
    sql: &str,
    arguments: &[Argument<'_>],
) -> Result<(PgArguments, PgStatement), TargetError> {
    let (_, bound, statement) = prepare(session, sql, arguments).await?;
    if statement.columns().is_empty() {
        let message = "expected one SELECT, came a statement that yields no rows";
        return Err(TargetError::Unfit(message.to_owned()));
    }
    Ok((bound, statement))
}

/// The statement as the server understands it, with parameters of these types and without any values. Nothing is kept of earlier times.
///
/// # Errors
/// The server's.
pub async fn describe(
    session: &mut PgConnection,
    sql: &str,
    kinds: &[ParameterType],
) -> Result<PgStatement, TargetError> {
    let kinds: Vec<PgTypeInfo> = kinds.iter().map(|kind| declared(*kind)).collect();
    session.clear_cached_statements().await?;
    Ok(session.prepare_with(from_runbook(sql), &kinds).await?)
}

fn declared(kind: ParameterType) -> PgTypeInfo {
    match kind {
        ParameterType::Text => <String as Type<Postgres>>::type_info(),
        ParameterType::Integer => <i64 as Type<Postgres>>::type_info(),
        ParameterType::Number => <f64 as Type<Postgres>>::type_info(),
        ParameterType::Boolean => <bool as Type<Postgres>>::type_info(),
        ParameterType::Uuid => <uuid::Uuid as Type<Postgres>>::type_info(),
        ParameterType::Timestamp => PgTypeInfo::with_oid(UNKNOWN),
    }
}

/// The type of an undeclared parameter: the server gives it the type of what it is compared with, so that a column with or without
/// a time zone is compared with its own kind and its index is used as for the application.
const UNKNOWN: Oid = Oid(705);

/// A value in the server's own binary form.
struct Raw {
    kind: PgTypeInfo,
    bytes: Vec<u8>,
}

impl Type<Postgres> for Raw {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UNKNOWN)
    }
}

impl Encode<'_, Postgres> for Raw {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.kind.clone())
    }
}

/// Read by the server itself, so that everything it takes for a time is one.
async fn point_in_time(
    session: &mut PgConnection,
    text: &str,
    wanted: Option<PgTypeInfo>,
) -> Result<Raw, TargetError> {
    let statement = match wanted.as_ref().map_or("", TypeInfo::name) {
        "TIMESTAMP" => "SELECT $1::text::timestamp",
        "DATE" => "SELECT $1::text::date",
        "TEXT" => "SELECT $1::text",
        _ => "SELECT $1::text::timestamptz",
    };
    let row = sqlx::query(statement).bind(text).fetch_one(session).await?;
    let value = row.try_get_raw(0)?;
    debug_assert_eq!(value.format(), PgValueFormat::Binary);
    let bytes = value.as_bytes().map_err(|error| TargetError::Unfit(error.to_string()))?.to_vec();
    Ok(Raw { kind: value.type_info().into_owned(), bytes })
}
