//! The text of `pg_get_indexdef` taken apart: method, columns, predicate. Pure. It reads what PostgreSQL writes, not what people may.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDefinition {
    pub unique: bool,
    /// `btree`, `hash`, `gin`, ...
    pub method: String,
    /// Key columns, then those of INCLUDE. None: an expression.
    pub columns: Vec<Option<String>>,
    pub includes: bool,
    /// The condition of a partial index.
    pub predicate: Option<String>,
}

impl IndexDefinition {
    /// None where the text is not of PostgreSQL's form.
    pub fn parse(text: &str) -> Option<Self> {
        let unique = text.starts_with("CREATE UNIQUE INDEX ");
        let (_, rest) = text.split_once(" USING ")?;
        let (method, rest) = rest.split_once(' ')?;
        let (keys, mut rest) = parenthesised(rest)?;
        let mut columns = names(keys);
        let mut includes = false;
        if let Some(included) = rest.strip_prefix(" INCLUDE ") {
            let (more, after) = parenthesised(included)?;
            columns.extend(names(more));
            includes = true;
            rest = after;
        }
        let predicate = rest.find(" WHERE ").map(|at| rest[at + " WHERE ".len()..].to_owned());
        Some(Self { unique, method: method.to_owned(), columns, includes, predicate })
    }
}

/// The inside of the parentheses that the text begins with, and what follows them.
fn parenthesised(text: &str) -> Option<(&str, &str)> {
    text.starts_with('(').then_some(())?;
    let end = scan(text).find(|(_, c, depth)| *c == ')' && *depth == 0)?.0;
    Some((&text[1..end], &text[end + 1..]))
}

fn names(list: &str) -> Vec<Option<String>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _, _) in scan(list).filter(|(_, c, depth)| *c == ',' && *depth == 0) {
        parts.push(&list[start..at]);
        start = at + 1;
    }
    parts.push(&list[start..]);
    parts.into_iter().map(|part| column(part.trim())).collect()
}

/// The characters outside of quotes, with the depth of parentheses behind them.
fn scan(text: &str) -> impl Iterator<Item = (usize, char, usize)> {
    let mut depth = 0_usize;
    let mut quote = None;
    text.char_indices().filter_map(move |(at, c)| {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => return None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        Some((at, c, depth))
    })
}

/// What stands behind a name (operator class, collation, DESC) does not change its size.
fn column(part: &str) -> Option<String> {
    if let Some(quoted) = part.strip_prefix('"') {
        let end = quoted.replace("\"\"", "\u{0}\u{0}").find('"')?;
        return Some(quoted[..end].replace("\"\"", "\""));
    }
    let end = part.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(part.len());
    (end > 0 && !part[end..].starts_with('(')).then(|| part[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(rest: &str) -> IndexDefinition {
        IndexDefinition::parse(&format!("CREATE INDEX i ON s.t USING {rest}")).unwrap()
    }

    fn columns(rest: &str) -> Vec<Option<String>> {
        parsed(rest).columns
    }

    fn some(names: &[&str]) -> Vec<Option<String>> {
        names.iter().map(|name| Some((*name).to_owned())).collect()
    }

    #[test]
    fn columns_are_told_from_expressions() {
        assert_eq!(columns("btree (status, created_at DESC NULLS LAST)"), some(&["status", "created_at"]));
        assert_eq!(columns("btree (\"Odd, \"\"name\"\"\" text_pattern_ops)"), some(&["Odd, \"name\""]));
        assert_eq!(columns("btree (lower(name), ((a + b)), c)"), [None, None, Some("c".to_owned())]);
    }

    #[test]
    fn the_parts_behind_the_columns_are_read() {
        let index = parsed("btree (is_preset) WHERE (is_preset = true)");
        assert_eq!(index.predicate.as_deref(), Some("(is_preset = true)"));
        let index = parsed("btree (a) INCLUDE (b, c) WITH (fillfactor='70') WHERE (d IS NOT NULL)");
        assert_eq!(index.columns, some(&["a", "b", "c"]));
        assert!(index.includes && !index.unique);
        assert_eq!(index.predicate.as_deref(), Some("(d IS NOT NULL)"));
        assert_eq!(parsed("hash (url)").method, "hash");
        assert!(IndexDefinition::parse("CREATE UNIQUE INDEX i ON s.t USING btree (a)").unwrap().unique);
    }

    #[test]
    fn another_text_is_refused() {
        for text in ["", "CREATE INDEX i ON t (a)", "CREATE INDEX i ON s.t USING btree (a"] {
            assert_eq!(IndexDefinition::parse(text), None, "{text}");
        }
    }
}
