//! TOML text to a runbook, with every mistake at its line and column.

use super::rules::{At, problems};
use super::{Id, Runbook};
use sha2::{Digest, Sha256};
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A runbook with the SHA-256 of the very bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub runbook: Runbook,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

/// One mistake: where (both counted from 1), what was expected and what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// # Errors
/// All mistakes of the text: one where it is no TOML or does not fit the types, else every broken rule.
pub fn parse(text: &str) -> Result<Parsed, Vec<Mistake>> {
    let mut runbook: Runbook = toml::from_str(text).map_err(|error| vec![from_toml(text, &error)])?;
    let found = problems(&runbook);
    if found.is_empty() {
        runbook.copy_shared_queries();
        let sha256 = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        return Ok(Parsed { runbook, sha256 });
    }
    let places = Places::of(text);
    let mistakes = found.into_iter().map(|problem| {
        let (line, column) = places.find(&problem.path);
        Mistake { line, column, message: problem.message }
    });
    Err(mistakes.collect())
}

/// The mistake that the TOML reader found.
pub(crate) fn from_toml(text: &str, error: &toml::de::Error) -> Mistake {
    let (line, column) = place(text, error.span().map_or(0, |span| span.start));
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    let message = if message.starts_with("expected") { message } else { expected(&message) };
    Mistake { line, column, message }
}

/// serde's and toml's sentences, turned to "expected ..., came ...".
fn expected(message: &str) -> String {
    if let Some((came, wanted)) = message.split_once(", expected ") {
        let came = came.trim_start_matches("invalid type: ").trim_start_matches("invalid value: ");
        let came = came.trim_start_matches("unknown field ").trim_start_matches("unknown variant ");
        format!("expected {wanted}, came {came}")
    } else if let Some(field) = message.strip_prefix("missing field ") {
        format!("expected a key {field} here, came none")
    } else {
        format!("expected something else here, came a mistake: {message}")
    }
}

/// Where the parts of a runbook stand in its text.
pub struct Places<'a> {
    text: &'a str,
    document: Option<Spanned<DeTable<'a>>>,
}

impl<'a> Places<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { text, document: DeTable::parse(text).ok() }
    }

    /// Line and column, both counted from 1, of the part, or of the nearest one around it.
    pub fn find(&self, path: &[At]) -> (usize, usize) {
        place(self.text, self.document.as_ref().map_or(0, |document| offset_of(document, path)))
    }
}

fn offset_of(document: &Spanned<DeTable<'_>>, path: &[At]) -> usize {
    let mut offset = document.span().start;
    let mut table = Some(document.get_ref());
    let mut value: Option<&Spanned<DeValue<'_>>> = None;
    for part in path {
        let next = match part {
            At::Key(key) => table.and_then(|table| table.get(*key)),
            At::Name(key) => table.and_then(|table| table.get(key.as_str())),
            At::Index(index) => match value.map(Spanned::get_ref) {
                Some(DeValue::Array(array)) => array.get(*index),
                _ => None,
            },
        };
        let Some(next) = next else { break };
        offset = next.span().start;
        table = match next.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        };
        value = Some(next);
    }
    offset
}

/// Line and column, in characters, both from 1.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The JSON Schema of a runbook file, for editors.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Runbook).to_value()
}

/// The environment variable by which commands get a parameter.
pub fn parameter_variable(name: &Id) -> String {
    format!("KNEEBOARD_PARAM_{}", name.as_str().to_ascii_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
slug = "hello"
title = "Hello"
summary = "Says hello"

[[phases]]
id = "greet"
title = "Greet"
kind = "preflight"

[[phases.steps]]
id = "hello"
title = "Say hello"
timeout = "10s"
run.command.argv = ["echo", "hello"]
"#;

    fn mistakes(text: &str) -> String {
        parse(text).unwrap_err().iter().map(|m| format!("{m}\n")).collect()
    }

    #[test]
    fn a_runbook_is_known_by_the_hash_of_its_bytes() {
        let parsed = parse(GOOD).unwrap();
        assert_eq!(parsed.runbook.slug.as_str(), "hello");
        assert_eq!(parsed.sha256.len(), 64);
        assert_ne!(parse(&format!("{GOOD}\n")).unwrap().sha256, parsed.sha256);
    }

    #[test]
    fn mistakes_are_told_with_line_column_what_was_expected_and_what_came() {
        let path = "\n[[rollback]]\nid = \"back\"\ntitle = \"Back\"\nsummary = \"\"\nloses = \"nothing\"\nsteps = [\"hello\", \"undo\"]\n";
        let told: String = [
            GOOD.replace("timeout = \"10s\"\n", ""),
            GOOD.replace("timeout", "tiemout"),
            GOOD.replace("\"10s\"", "\"10 s\""),
            GOOD.replace("\"10s\"", "10"),
            GOOD.replace("\"preflight\"", "\"flight\""),
            GOOD.replace("run.command.argv", "run.shell.argv"),
            "slug = ".to_owned(),
            GOOD.replace("timeout =", "needs = [\"hello\", \"nobody\"]\ntimeout ="),
            GOOD.replace("id = \"hello\"", "id = \"greet\""),
            format!("{GOOD}{path}"),
            GOOD.replace("timeout =", "irreversible = true\ntimeout =")
                .replace("\"preflight\"", "\"rollback\""),
        ]
        .iter()
        .map(|text| mistakes(text))
        .collect();
        insta::assert_snapshot!(told);
    }

    const SHARED: &str = r#"
[[phases.steps]]
id = "before"
title = "Before"
timeout = "10s"
run.explain.queries_of = "after"

[[phases.steps]]
id = "after"
title = "After"
timeout = "10s"
run.explain.queries = [{ id = "one", title = "One", sql = "SELECT 1", expect = { min_rows = 1 } }]
"#;

    #[test]
    fn an_explain_step_captures_the_queries_of_another_without_judging_them() {
        let runbook = parse(&format!("{GOOD}{SHARED}")).unwrap().runbook;
        let queries = |id| match &runbook.step(&Id::parse(id).unwrap()).unwrap().1.run {
            crate::runbook::Action::Explain(explain) => explain.queries.clone(),
            _ => Vec::new(),
        };
        assert_eq!(queries("before")[0].sql, queries("after")[0].sql);
        assert!(queries("before")[0].expect.is_none() && queries("after")[0].expect.is_some());
    }

    #[test]
    fn an_explain_step_has_queries_of_its_own_or_of_another() {
        let told: String = [
            SHARED.replace("queries_of = \"after\"", "repetitions = 1"),
            SHARED.replace("queries_of = \"after\"", "queries_of = \"before\""),
            SHARED.replace("queries_of = \"after\"", "queries_of = \"hello\""),
            SHARED.replace(
                "run.explain.queries =",
                "run.explain.queries_of = \"before\"\nrun.explain.queries =",
            ),
        ]
        .iter()
        .map(|shared| mistakes(&format!("{GOOD}{shared}")))
        .collect();
        insta::assert_snapshot!(told);
    }

    #[test]
    fn the_runbooks_that_ship_have_no_mistake() {
        let hello = include_str!("../../runbooks/hello.toml");
        let textloom = include_str!("../../runbooks/textloom.toml");
        let maintenance = include_str!("../../runbooks/textloom-maintenance.toml");
        for text in [hello, textloom, maintenance] {
            assert_eq!(parse(text).err(), None);
        }
    }

    #[test]
    fn the_schema_for_editors_names_every_kind_of_step() {
        let schema = json_schema().to_string();
        for word in ["command", "sql", "query", "explain", "inventory", "rollback", "sign_offs"] {
            assert!(schema.contains(&format!("\"{word}\"")), "{word}");
        }
    }
}
