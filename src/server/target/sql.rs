//! The one place where text becomes SQL. Two kinds of text come through: what a runbook says (known by its hash, written by the
//! people whose database it is), and names that are quoted here. Values never do; they are bound.

pub use crate::text::identifier::quoted;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// Text of a runbook, or text that was put together from it and from [`quoted`] names.
pub fn from_runbook(text: &str) -> SqlStr {
    AssertSqlSafe(text).into_sql_str()
}
