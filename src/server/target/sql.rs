//! The one place where text becomes SQL. Two kinds of text come through: what a runbook says (known by its hash, written by the
//! people whose database it is), and names that are quoted here. Values never do; they are bound.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// Text of a runbook, or text that was put together from it and from [`quoted`] names.
pub fn from_runbook(text: &str) -> SqlStr {
    AssertSqlSafe(text).into_sql_str()
}

/// A name as an SQL identifier: whatever stands in it, it stays one name. PostgreSQL's names hold no NUL.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_stays_one_name() {
        assert_eq!(quoted("tasks"), "\"tasks\"");
        assert_eq!(quoted("a\"; DROP TABLE x; --"), "\"a\"\"; DROP TABLE x; --\"");
    }
}
