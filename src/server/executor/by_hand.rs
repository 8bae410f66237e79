//! A way back as lines for a shell, for when nothing of the console answers any more: the very commands that it would run, against the
//! same target, with the same limits. Passwords are left out.

use super::spec::{command_line, of_step};
use crate::run::RunState;
use crate::runbook::{Action, Database, Id, Leaves, RollbackPath, Sql};
use crate::server::console::Console;
use crate::server::target;
use crate::text::identifier::quoted;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// # Errors
/// One sentence: the way back or the target is not known here.
pub fn script(console: &Console, state: &RunState, path: &Id) -> Result<String, String> {
    let path = state.runbook.path(path).ok_or_else(|| unknown(state, path))?;
    let name = &state.target.name;
    let target =
        console.targets().get(name).ok_or_else(|| format!("the target {name} is no longer configured"))?;
    let artifacts = absolute(&console.artifacts(&state.run));
    let mut out = head(state, path);
    let mut variables = target.environment();
    if variables.remove("PGPASSWORD").is_some() {
        out.push_str(
            "# The password is not printed: type it when you are asked, or set PGPASSWORD yourself.\n",
        );
    }
    variables.extend(target::child::parameters(&state.parameters));
    variables.insert("KNEEBOARD_ARTIFACTS".to_owned(), artifacts.to_string_lossy().into_owned());
    export(&mut out, &variables);
    for (n, id) in (1..).zip(&path.steps) {
        let Some((_, step)) = state.runbook.step(id) else { continue };
        let _ = writeln!(out, "\n# {n}. {}", one_line(&step.title));
        let session = of_step(state, step);
        match &step.run {
            Action::Command(command) => {
                let mut own = session;
                let (argv, folder) = command_line(command, console.runbooks().dir(), &artifacts, &mut own);
                let folder =
                    folder.map(|folder| format!("cd {} && ", word(&absolute(&folder).to_string_lossy())));
                let own =
                    own.iter().map(|(name, value)| format!("{name}={} ", word(value))).collect::<String>();
                let argv = argv.iter().map(|part| word(part)).collect::<Vec<_>>().join(" ");
                let _ = writeln!(out, "( {}{own}{argv} )", folder.unwrap_or_default());
            }
            Action::Sql(sql) => statements(&mut out, &session, sql),
            Action::Query(query) => statements(&mut out, &session, &single(&query.sql)),
            Action::Inventory(inventory) => {
                if let Some(database) = &state.runbook.database {
                    expected(&mut out, database, inventory.expect);
                    statements(&mut out, &session, &single(&look(database)));
                }
            }
            _ => out.push_str("# (left out: it changes nothing)\n"),
        }
    }
    Ok(out)
}

fn head(state: &RunState, path: &RollbackPath) -> String {
    let target = &state.target;
    let mut out =
        String::from("# For sh. Run the lines one after the other, and stop at the first that fails.\n");
    let _ = writeln!(out, "# {} of run {}", one_line(&path.title), state.run);
    let _ =
        writeln!(out, "# on {} ({}): {}@{}", target.name, target.environment, target.database, target.host);
    let _ = writeln!(out, "# Loses: {}\n", one_line(&path.loses));
    out
}

fn unknown(state: &RunState, path: &Id) -> String {
    let known: Vec<&str> = state.runbook.rollback.iter().map(|path| path.id.as_str()).collect();
    format!("this run has no way back `{path}`; it has {}", known.join(", "))
}

fn export(out: &mut String, variables: &BTreeMap<String, String>) {
    for (name, value) in variables {
        let _ = writeln!(out, "export {name}={}", word(value));
    }
}

/// Through psql's standard input: as they are, whatever is in them.
fn statements(out: &mut String, session: &BTreeMap<String, String>, sql: &Sql) {
    let session = session.iter().map(|(name, value)| format!("{name}={} ", word(value))).collect::<String>();
    let whole = if sql.transaction { " --single-transaction" } else { "" };
    let _ = writeln!(out, "{session}psql -X -v ON_ERROR_STOP=1{whole} <<'END_OF_SQL'");
    for statement in &sql.statements {
        let _ = writeln!(out, "{};", statement.trim().trim_end_matches(';'));
    }
    out.push_str("END_OF_SQL\n");
}

fn single(sql: &str) -> Sql {
    Sql { statements: vec![sql.to_owned()], transaction: false }
}

fn expected(out: &mut String, database: &Database, leaves: Leaves) {
    let there = if leaves == Leaves::Applied { "there and valid" } else { "gone" };
    let _ = writeln!(out, "# All {} indexes should be {there}.", database.indexes.len());
    if let Some(revision) = &database.revision {
        let is = if leaves == Leaves::Applied { &revision.after } else { &revision.before };
        let _ = writeln!(out, "# The one revision should be {}.", one_line(is));
    }
}

/// What is there of the indexes and revisions.
fn look(database: &Database) -> String {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let names = database.indexes.iter().map(|index| literal(&index.name)).collect::<Vec<_>>().join(", ");
    let schema = literal(&quoted(&database.schema));
    let indexes = format!(
        "SELECT c.relname, i.indisvalid, pg_get_indexdef(c.oid)\nFROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid\n\
         WHERE c.relnamespace = to_regnamespace({schema}) AND c.relname IN ({names})"
    );
    let revision = database.revision.as_ref().map(|revision| {
        let (schema, table) = (quoted(&database.schema), quoted(&revision.table));
        format!(";\nSELECT {} FROM {schema}.{table}", quoted(&revision.column))
    });
    indexes + &revision.unwrap_or_default()
}

/// As one word of a shell.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A title must not end its comment.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn absolute(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_word_holds_the_shell_takes_it_as_one() {
        for text in ["plain", "", "two words", "it's", "$(rm -rf x)", "a\nb", "`x`", "-c a=1"] {
            let line = format!("printf %s {}", word(text));
            let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text, "{line}");
        }
    }
}
