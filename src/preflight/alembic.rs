//! Alembic as a command line calls it: which way, to which revision, and how the same call renders its SQL instead.

use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    Upgrade,
    Downgrade,
}

impl Direction {
    pub fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Upgrade => Self::Downgrade,
            Self::Downgrade => Self::Upgrade,
        }
    }
}

/// `uv run alembic -c prod.ini upgrade 3737e96ea445`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Everything before the subcommand: wrappers, `alembic`, its own options.
    pub program: Vec<String>,
    pub direction: Direction,
    pub revision: String,
}

impl Call {
    /// None where the words do not change a database by Alembic.
    pub fn find(words: &[String]) -> Option<Self> {
        let alembic = words
            .iter()
            .position(|word| Path::new(word).file_name().is_some_and(|name| name == "alembic"))?;
        let verb = skip_options(words, alembic + 1);
        let direction = match words.get(verb)?.as_str() {
            "upgrade" => Direction::Upgrade,
            "downgrade" => Direction::Downgrade,
            _ => return None,
        };
        let rest = &words[verb + 1..];
        if rest.iter().any(|word| word == "--sql") {
            return None;
        }
        let revision = words.get(skip_options(words, verb + 1))?.clone();
        Some(Self { program: words[..verb].to_vec(), direction, revision })
    }

    /// The command line that prints what the way from one revision to the other would send.
    pub fn rendering(&self, direction: Direction, from: &str, to: &str) -> Vec<String> {
        let words = [direction.word().to_owned(), format!("{from}:{to}"), "--sql".to_owned()];
        self.program.iter().cloned().chain(words).collect()
    }

    /// The command line that prints where the database stands.
    pub fn asking(&self) -> Vec<String> {
        self.program.iter().cloned().chain(["current".to_owned()]).collect()
    }
}

/// Options that take a value, of Alembic itself and of its subcommands.
const WITH_VALUE: [&str; 6] = ["-c", "--config", "-n", "--name", "-x", "--tag"];

fn skip_options(words: &[String], mut at: usize) -> usize {
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-') && word.len() > 1) {
        if word[1..].chars().all(|c| c.is_ascii_digit()) {
            // `downgrade -1` is a revision.
            break;
        }
        at += if WITH_VALUE.contains(&word.as_str()) { 2 } else { 1 };
    }
    at
}

/// Whether the revision is where the project or the database happens to be, instead of one that is named.
pub fn unpinned(revision: &str) -> bool {
    let ends = ["head", "heads"];
    ends.contains(&revision)
        || ends.iter().any(|end| revision.ends_with(&format!("@{end}")))
        || revision.contains(['+', '-'])
}

/// The revisions that a rendering goes through, the first one included, from its `-- Running ...` comments.
pub fn path(sql: &str) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    for line in sql.lines().filter_map(|line| line.strip_prefix("-- Running ")) {
        let ends = line.split_once(' ').and_then(|(_, revisions)| revisions.split_once("->"));
        let Some((from, to)) = ends.map(|(from, to)| (from.trim(), to.trim())) else { continue };
        if path.is_empty() {
            path.push(if from.is_empty() { "base" } else { from }.to_owned());
        }
        path.push(if to.is_empty() { "base" } else { to }.to_owned());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(line: &str) -> Option<Call> {
        Call::find(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_call_is_found_behind_whatever_starts_it() {
        for line in [
            "alembic upgrade abc",
            "uv run alembic upgrade abc",
            "python -m alembic upgrade abc",
            "./bin/alembic upgrade abc",
        ] {
            let call = call(line).unwrap();
            assert_eq!((call.direction, call.revision.as_str()), (Direction::Upgrade, "abc"), "{line}");
        }
        let call = call("uv run alembic -c prod.ini -x a=b downgrade --tag t -1").unwrap();
        assert_eq!(call.revision, "-1");
        assert_eq!(
            call.rendering(Direction::Upgrade, "a", "b").join(" "),
            "uv run alembic -c prod.ini -x a=b upgrade a:b --sql"
        );
        assert_eq!(call.asking().join(" "), "uv run alembic -c prod.ini -x a=b current");
    }

    #[test]
    fn what_changes_nothing_is_no_call() {
        for line in
            ["alembic current", "alembic upgrade a:b --sql", "alembic", "psql -c alembic", "alembic upgrade"]
        {
            assert_eq!(call(line), None, "{line}");
        }
    }

    #[test]
    fn a_revision_is_pinned_when_it_is_named() {
        for revision in ["head", "heads", "web@head", "+1", "-1", "ae10+2"] {
            assert!(unpinned(revision), "{revision}");
        }
        assert!(!unpinned("b15222e11ab9") && !unpinned("base"));
    }

    #[test]
    fn the_path_is_told_by_the_rendering() {
        assert_eq!(
            path("BEGIN;\n\n-- Running upgrade  -> a\n\n-- Running upgrade a -> b\n"),
            ["base", "a", "b"]
        );
        assert_eq!(path("-- Running downgrade b ->\n"), ["b", "base"]);
    }
}
