//! Names in SQL.

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
