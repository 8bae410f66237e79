//! The runbooks of a folder: read at start, read again when one is looked at.

use crate::runbook::parse::{Mistake, Parsed, parse};
use crate::runbook::{Id, Runbook};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of `*.toml` files, each one runbook.
#[derive(Clone, Debug)]
pub struct Runbooks {
    dir: PathBuf,
}

/// One file of it: a runbook, or why it is none.
#[derive(Clone, Debug)]
pub struct RunbookFile {
    pub path: PathBuf,
    pub content: Result<Loaded, Vec<String>>,
}

#[derive(Clone, Debug)]
pub struct Loaded {
    pub runbook: Arc<Runbook>,
    pub sha256: String,
    /// Name of its file, and the text in which parts are found by line.
    pub file: String,
    pub text: Arc<str>,
}

impl Runbooks {
    pub fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// All files, by name. A file that is no runbook is listed with its mistakes, so that nobody looks for it in vain.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> std::io::Result<Vec<RunbookFile>> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(&self.dir)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        Ok(paths.into_iter().map(read).collect())
    }

    /// The runbook of that slug; none where no good file has it.
    pub fn find(&self, slug: &Id) -> std::io::Result<Option<Loaded>> {
        let files = self.list()?.into_iter().filter_map(|file| file.content.ok());
        Ok(files.into_iter().find(|loaded| loaded.runbook.slug == *slug))
    }
}

fn read(path: PathBuf) -> RunbookFile {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let content = match std::fs::read_to_string(&path) {
        Err(error) => Err(vec![format!("{name}: cannot be read: {error}")]),
        Ok(text) => parse(&text)
            .map(|Parsed { runbook, sha256 }| Loaded {
                runbook: Arc::new(runbook),
                sha256,
                file: name.clone(),
                text: text.as_str().into(),
            })
            .map_err(|mistakes| {
                mistakes.iter().map(|mistake: &Mistake| format!("{name}:{mistake}")).collect()
            }),
    };
    RunbookFile { path, content }
}
