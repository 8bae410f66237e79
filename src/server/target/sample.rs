//! A parameter's value where the operator gives none: one SELECT of one value, asked of the target.

use super::connect::Target;
use super::error::TargetError;
use super::rows::{Keep, select};
use crate::runbook::{Expect, ParameterType, Value};

/// None: the SELECT gave no row, or NULL.
///
/// # Errors
/// The target's, or that there is more than one value.
pub async fn sample(target: &Target, kind: ParameterType, sql: &str) -> Result<Option<Value>, TargetError> {
    let mut session = target.session().await?;
    let keep = Keep { rows: 1, bytes: 100_000 };
    let (table, _) = select(&mut session, sql, &[], &Expect::default(), keep).await?;
    session.done();
    if table.columns.len() != 1 || table.total_rows > 1 {
        let came = format!("{} rows of {} columns", table.total_rows, table.columns.len());
        return Err(TargetError::Unfit(format!("expected a SELECT of one value, came {came}")));
    }
    let value = table.rows.into_iter().flatten().flatten().next();
    Ok(value.map(|text| match kind {
        // As it is: a person's blanks are trimmed, those of the database are part of the value.
        ParameterType::Text => Value::Text(text),
        kind => Value::read(kind, &text),
    }))
}
