//! Well-known mistakes in SQL, and what to write instead. The server says that something is wrong; this says why.

/// A sentence for a statement that the server refuses; `version` is its `server_version_num`.
pub fn on(sql: &str, error: &str, version: i32) -> Option<String> {
    let asks = |name: &str| sql.contains(name);
    let misses = |column: &str| {
        error.contains(&format!("column \"{column}\"")) || error.contains(&format!(".{column} "))
    };
    if asks("pg_stat_user_indexes") && (misses("tablename") || misses("indexname")) {
        return Some(
            "pg_stat_user_indexes calls them relname and indexrelname; it never had tablename and indexname."
                .to_owned(),
        );
    }
    if asks("pg_stat_user_tables") && misses("tablename") {
        return Some("pg_stat_user_tables calls it relname.".to_owned());
    }
    if asks("pg_stat_statements") {
        return statements(sql, error, version);
    }
    if error.contains("invalid input syntax for type uuid") {
        return Some(
            "Write $1, bind a parameter of type uuid, and give it a sample: a SELECT of one id that exists."
                .to_owned(),
        );
    }
    if error.contains("invalid input syntax for type") {
        return Some("Write $1 and bind a parameter of that type with a sample from the target.".to_owned());
    }
    None
}

/// <https://www.postgresql.org/docs/current/pgstatstatements.html>: the columns were renamed in PostgreSQL 13.
fn statements(sql: &str, error: &str, version: i32) -> Option<String> {
    let old = ["mean_time", "total_time", "min_time", "max_time", "stddev_time"]
        .iter()
        .any(|column| word_in(sql, column));
    if old && version >= 130_000 {
        return Some(
            "Since PostgreSQL 13 these columns are mean_exec_time, total_exec_time, and so on.".to_owned(),
        );
    }
    if error.contains("pg_stat_statements\" does not exist") {
        return Some(
            "CREATE EXTENSION pg_stat_statements, with shared_preload_libraries = 'pg_stat_statements'."
                .to_owned(),
        );
    }
    None
}

/// As a word of its own: `mean_time` is not in `mean_time_ms`.
fn word_in(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_refuses_is_explained() {
        let missing = "column \"tablename\" does not exist (42703)";
        assert!(
            on("SELECT tablename FROM pg_stat_user_indexes", missing, 150_000).unwrap().contains("relname")
        );
        let view = "relation \"pg_stat_statements\" does not exist (42P01)";
        let sql = "SELECT mean_time FROM pg_stat_statements";
        assert!(on(sql, view, 150_000).unwrap().contains("mean_exec_time"));
        assert!(on(sql, view, 120_000).unwrap().contains("CREATE EXTENSION"));
        let uuid = "invalid input syntax for type uuid: \"example-uuid\" (22P02)";
        assert!(on("SELECT 1 FROM t WHERE id = 'example-uuid'", uuid, 150_000).unwrap().contains("bind"));
        assert_eq!(on("SELECT x", "column \"x\" does not exist", 150_000), None);
    }
}
