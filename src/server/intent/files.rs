//! The files that a runbook's programs are made of, name by name: the folders in which its commands work, and what their arguments name.
//! Not of these are what tools keep beside (hidden folders, caches) and programs that are found by PATH.

use crate::preflight::collect::commands;
use crate::runbook::Runbook;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io;
use std::path::Path;

/// More than this is no folder of a runbook's programs.
const MOST_FILES: usize = 5_000;
/// The longest path of a system; a longer argument names no file.
const LONGEST: usize = 4_096;

/// Name from the folder of the runbooks, and SHA-256.
///
/// # Errors
/// One sentence: a file cannot be read, or there are too many.
pub fn used(runbook: &Runbook, folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    for started in commands(runbook) {
        let command = started.command;
        let cwd = command.cwd.as_ref().map_or_else(|| folder.to_owned(), |cwd| folder.join(cwd));
        if command.cwd.is_some() {
            below(&cwd, folder, &mut found)?;
        }
        let names = command.argv.iter().filter(|word| word.len() < LONGEST && !word.contains('\n'));
        for file in names.map(|word| cwd.join(word)).filter(|file| file.is_file()) {
            add(&file, folder, &mut found)?;
        }
    }
    Ok(found)
}

fn below(dir: &Path, folder: &Path, found: &mut BTreeMap<String, String>) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("the folder {} cannot be read: {error}", shown(dir, folder));
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
        let name = entry.file_name().to_string_lossy().into_owned();
        let kept_by_tools = name.starts_with('.') || name == "__pycache__" || name == "node_modules";
        if kind.is_dir() && !kept_by_tools {
            below(&path, folder, found)?;
        } else if kind.is_symlink() && path.is_dir() {
            // Not followed: where it leads is what is bound.
            let to = std::fs::read_link(&path).map_err(unreadable)?;
            found.insert(shown(&path, folder), format!("a link to {}", to.display()));
        } else if path.is_file() {
            add(&path, folder, found)?;
        }
        if found.len() > MOST_FILES {
            return Err(format!("{} holds more than {MOST_FILES} files", shown(dir, folder)));
        }
    }
    Ok(())
}

fn add(path: &Path, folder: &Path, found: &mut BTreeMap<String, String>) -> Result<(), String> {
    let name = shown(path, folder);
    if let Entry::Vacant(new) = found.entry(name) {
        let sha256 = hash(path).map_err(|error| format!("{} cannot be read: {error}", new.key()))?;
        new.insert(sha256);
    }
    Ok(())
}

fn hash(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut Sink(&mut hasher))?;
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

struct Sink<'a>(&'a mut Sha256);

impl io::Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn runbook(command: &str) -> Runbook {
        let text = format!(
            r#"{{"slug": "r", "title": "R", "summary": "", "phases": [{{"id": "p", "title": "P", "kind": "migrate",
              "steps": [{{"id": "s", "title": "S", "timeout": "1m", "run": {{"command": {command}}}}}]}}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_folder_of_a_command_is_read_whole_but_for_what_tools_keep() {
        let dir = TempDir::new().unwrap();
        for (name, text) in [
            ("app/env.py", "a"),
            ("app/versions/one.py", "b"),
            ("app/.env", "c"),
            ("app/.venv/x.py", "d"),
            ("app/__pycache__/y.pyc", "e"),
            ("other/z.py", "f"),
        ] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let used = || used(&runbook(r#"{"argv": ["alembic"], "cwd": "app"}"#), dir.path()).unwrap();
        let before = used();
        assert_eq!(before.keys().collect::<Vec<_>>(), ["app/.env", "app/env.py", "app/versions/one.py"]);
        std::fs::write(dir.path().join("app/versions/one.py"), "B").unwrap();
        let after = used();
        let changed: Vec<_> = after.iter().filter(|(name, hash)| before[*name] != **hash).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].0, "app/versions/one.py");
    }

    #[test]
    fn what_an_argument_names_is_read_and_a_program_of_the_path_is_not() {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("up.sql"), "SELECT 1").unwrap();
        let used = used(&runbook(r#"{"argv": ["psql", "-f", "up.sql"]}"#), dir.path()).unwrap();
        assert_eq!(used.keys().collect::<Vec<_>>(), ["up.sql"]);
    }
}
