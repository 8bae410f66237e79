//! The programs that a runbook starts: whether they are there, and whether PostgreSQL's own are new enough for the server.

use super::Look;
use crate::preflight::report::{Place, Remark, Tool, Weight};
use crate::preflight::{collect, shell};
use crate::runbook::Command;
use crate::runbook::rules::At;
use crate::server::target::program::Ended;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) struct Tools {
    pub found: Vec<Tool>,
    pub remarks: Vec<Remark>,
}

/// They refuse a server, or an archive, that is newer than they are.
const AS_NEW_AS_THE_SERVER: [&str; 4] = ["pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup"];
/// Asked with --version. Any other program might take that for an order to begin its work.
const SAFE_TO_ASK: [&str; 20] = [
    "pg_dump",
    "pg_dumpall",
    "pg_restore",
    "pg_basebackup",
    "pg_verifybackup",
    "psql",
    "vacuumdb",
    "reindexdb",
    "createdb",
    "dropdb",
    "pgbench",
    "uv",
    "alembic",
    "python",
    "python3",
    "poetry",
    "pytest",
    "sqitch",
    "flyway",
    "liquibase",
];
const PATIENCE: Duration = Duration::from_secs(10);

/// `server`: the target's major version, where it answered.
pub(super) async fn look(look: &Look<'_>, server: Option<u32>) -> Tools {
    let mut tools = Tools { found: Vec::new(), remarks: Vec::new() };
    let mut wanted: BTreeMap<String, (Place, PathBuf)> = BTreeMap::new();
    for started in collect::commands(look.subject.runbook) {
        let place = look.place(&started.path, &started.part);
        let cwd = started
            .command
            .cwd
            .as_ref()
            .map_or_else(|| look.subject.folder.to_owned(), |cwd| look.subject.folder.join(cwd));
        if !cwd.is_dir() {
            let reason = format!(
                "There is no folder {} beside the runbook.",
                started.command.cwd.as_deref().unwrap_or(".")
            );
            tools.remarks.push(Remark::new(
                Weight::Fail,
                "folder-missing",
                &place,
                started.command.argv.join(" "),
                reason,
            ));
        }
        for call in shell::calls(&started.command.argv) {
            let word = call.words.first().cloned().unwrap_or_default();
            let own = started.command.argv.first() == Some(&word);
            // Of a script only programs are looked for that are no words of the shell itself.
            if own || SAFE_TO_ASK.contains(&word.as_str()) {
                wanted.entry(word).or_insert_with(|| (place.clone(), cwd.clone()));
            }
        }
    }
    for (at, name) in look.subject.runbook.tools.iter().enumerate() {
        let place = look.place(&[At::Key("tools"), At::Index(at)], "tools");
        wanted.entry(name.clone()).or_insert_with(|| (place, look.subject.folder.to_owned()));
    }
    for (program, (place, cwd)) in wanted {
        let path = find(&program, &cwd);
        if path.is_none() {
            let reason = if program.contains('/') {
                "There is no such program."
            } else {
                "It is not on the console's PATH."
            };
            tools.remarks.push(
                Remark::new(Weight::Fail, "program-missing", &place, &program, reason)
                    .remedy("Install it where the console runs."),
            );
        }
        let version = match &path {
            Some(_) if SAFE_TO_ASK.contains(&program.as_str()) => version(look, &program).await,
            _ => None,
        };
        tools.remarks.extend(too_old(&program, version.as_deref(), server, &place));
        let path = path.map(|path| path.display().to_string());
        tools.found.push(Tool { program, version, path });
    }
    tools
}

fn too_old(program: &str, version: Option<&str>, server: Option<u32>, place: &Place) -> Option<Remark> {
    let (own, server) = (major(version?)?, server?);
    let refuses = AS_NEW_AS_THE_SERVER.contains(&program);
    if own >= server || !(refuses || program == "psql") {
        return None;
    }
    let weight = if refuses { Weight::Fail } else { Weight::Warn };
    let reason = format!("It is of version {own}, older than the server ({server}).");
    Some(
        Remark::new(weight, "tool-older-than-server", place, program, reason)
            .remedy(format!("Install PostgreSQL's client programs {server} or newer.")),
    )
}

/// `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
fn major(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn find(program: &str, cwd: &Path) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(cwd.join(program)).filter(|path| is_program(path));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The first line of what it says.
async fn version(look: &Look<'_>, program: &str) -> Option<String> {
    let argv = vec![program.to_owned(), "--version".to_owned()];
    let command = Command { argv, env: BTreeMap::new(), cwd: None, accept_exit: vec![0] };
    match look.program(&command, PATIENCE, 4_096).run().await {
        (Ended::Exited(status), said) if status.success() => {
            said.lines().next().map(|line| line.trim().to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_program_is_not_older_than_the_server() {
        let place = Place { file: "r.toml".into(), line: 1, column: 1, part: "tools".into() };
        let old = |program: &str, version: &str, server| {
            too_old(program, Some(version), Some(server), &place).map(|remark| remark.weight)
        };
        let debian = "(PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
        assert_eq!(old("pg_dump", &format!("pg_dump {debian}"), 18), Some(Weight::Fail));
        assert_eq!(old("psql", &format!("psql {debian}"), 18), Some(Weight::Warn));
        assert_eq!(old("pg_dump", &format!("pg_dump {debian}"), 15), None);
        assert_eq!(old("pg_dump", "pg_dump (PostgreSQL) 19beta1", 18), None);
        assert_eq!(old("uv", "uv 0.9.1", 18), None);
    }
}
