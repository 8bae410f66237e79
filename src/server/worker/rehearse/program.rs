//! A program of the runbook as it is started: no shell, in its folder, with what it is told by its environment.

use crate::server::worker::Failed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::process::Command;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    pub argv: Vec<String>,
    /// On top of the worker's own environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub cwd: Option<PathBuf>,
}

impl Program {
    pub(super) fn command(&self) -> Result<Command, Failed> {
        let (program, arguments) =
            self.argv.split_first().ok_or_else(|| unfit("expected a program, came none"))?;
        let mut command = Command::new(program);
        command.args(arguments).envs(&self.env);
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        Ok(command)
    }
}

pub(super) fn unfit(why: impl Into<String>) -> Failed {
    Failed::Target(crate::server::target::TargetError::Unfit(why.into()))
}

/// A folder for one program's result.
pub(super) fn folder(within: &Path, name: &str) -> Result<PathBuf, Failed> {
    let folder = within.join("rehearsal").join(name);
    std::fs::create_dir_all(&folder).map_err(|error| file("cannot make the folder", &folder, error))?;
    Ok(folder)
}

pub(super) fn file(what: &'static str, path: &Path, error: std::io::Error) -> Failed {
    Failed::File { what, path: path.display().to_string(), error }
}
