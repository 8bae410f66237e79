//! A probe that is a program: started without a shell in its own process group, ended with all its children when its time is up.

use super::child;
use super::connect::Target;
use super::probe::ProbeAnswer;
use crate::runbook::{Command, Id, Value};
use crate::server::shim::Masker;
use crate::text::duration;
use crate::text::utf8;
use crate::verdict::Verdict;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(120);
/// From SIGTERM to SIGKILL, and from a program's end to that of its output, which a child of it may hold open.
const GRACE: Duration = Duration::from_secs(2);
/// A probe only reads, and a lock that it waits for is one that others queue behind.
const OPTIONS: &str = "-c default_transaction_read_only=on -c lock_timeout=2s -c statement_timeout=60s";
/// How much of the output's end is kept as evidence.
const TAIL: usize = 16_384;

pub(super) async fn run(
    target: &Target,
    command: &Command,
    parameters: &BTreeMap<Id, Value>,
    folder: &Path,
) -> ProbeAnswer {
    let inconclusive =
        |reason: String, evidence| ProbeAnswer { verdict: Verdict::Inconclusive, reason, evidence };
    let (mut group, output) = match start(target, command, parameters, folder) {
        Ok(started) => started,
        Err(error) => {
            return inconclusive(not_started(command, folder, &error), String::new());
        }
    };
    let mut tail = Tail { masker: Masker::new(&target.secrets()), kept: Vec::new() };
    let ended = timeout(PATIENCE, group.follow(output, &mut tail)).await;
    if ended.is_err() {
        group.end().await;
    }
    let evidence = tail.text();
    match ended {
        Err(_) => {
            let limit = duration::exact(PATIENCE.as_secs_f64() * 1_000.0);
            inconclusive(format!("not done within {limit}, so it was ended"), evidence)
        }
        Ok(Err(error)) => inconclusive(format!("its end could not be waited for: {error}"), evidence),
        Ok(Ok(status)) => judge(command, status, evidence),
    }
}

fn not_started(command: &Command, folder: &Path, error: &io::Error) -> String {
    let program = command.argv.first().map_or("", String::as_str);
    let cwd = command.cwd.as_ref().map_or_else(|| folder.to_owned(), |cwd| folder.join(cwd));
    if !cwd.is_dir() {
        return format!("{program} could not be started: there is no folder {}", cwd.display());
    }
    if error.kind() == io::ErrorKind::NotFound && !program.contains('/') {
        return format!("{program} could not be started: it is not on the console's PATH");
    }
    format!("{program} could not be started: {error}")
}

fn judge(command: &Command, status: ExitStatus, evidence: String) -> ProbeAnswer {
    let last = evidence.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    let Some(code) = status.code() else {
        return ProbeAnswer {
            verdict: Verdict::Inconclusive,
            reason: format!("ended by a {status}"),
            evidence,
        };
    };
    if command.accept_exit.contains(&code) {
        return ProbeAnswer {
            verdict: Verdict::Pass,
            reason: last.unwrap_or_else(|| format!("exit code {code}")),
            evidence,
        };
    }
    let reason =
        last.map_or_else(|| format!("exit code {code}"), |last| format!("{last} (exit code {code})"));
    ProbeAnswer { verdict: Verdict::Fail, reason, evidence }
}

fn start(
    target: &Target,
    command: &Command,
    parameters: &BTreeMap<Id, Value>,
    folder: &Path,
) -> io::Result<(Group, Receiver)> {
    let (program, arguments) =
        command.argv.split_first().ok_or_else(|| io::Error::other("there is no program"))?;
    let cwd = command.cwd.as_ref().map_or_else(|| folder.to_owned(), |cwd| folder.join(cwd));
    // A path is meant from the folder; a bare name is looked up in PATH.
    let program = if program.contains('/') { cwd.join(program).into_os_string() } else { program.into() };
    // One pipe for both streams, so that their lines come in the order in which they were written.
    let (reader, writer) = io::pipe()?;
    let child = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(cwd)
        .env_clear()
        .envs(child::environment(target, parameters))
        .env("PGAPPNAME", "kneeboard probe")
        .env("PGOPTIONS", OPTIONS)
        .envs(&command.env)
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let id = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
    Ok((Group { child, id }, Receiver::from_owned_fd(reader.into())?))
}

/// A child that leads a process group of its own.
struct Group {
    child: tokio::process::Child,
    id: Option<Pid>,
}

impl Group {
    async fn follow(&mut self, mut output: Receiver, tail: &mut Tail) -> io::Result<ExitStatus> {
        let mut buffer = vec![0; 65_536];
        let status = loop {
            tokio::select! {
                status = self.child.wait() => break status?,
                read = output.read(&mut buffer) => match read? {
                    0 => break self.child.wait().await?,
                    n => tail.push(&buffer[..n]),
                },
            }
        };
        let rest = async {
            while let Ok(n @ 1..) = output.read(&mut buffer).await {
                tail.push(&buffer[..n]);
            }
        };
        // A child that was left behind holds the output open. While it lives the group's id is not given to another.
        if let (Err(_), Some(group)) = (timeout(GRACE, rest).await, self.id) {
            let _gone = killpg(group, Signal::SIGKILL);
        }
        Ok(status)
    }

    async fn end(&mut self) {
        let Some(group) = self.id else { return };
        let _gone = killpg(group, Signal::SIGTERM);
        if timeout(GRACE, self.child.wait()).await.is_err() {
            let _gone = killpg(group, Signal::SIGKILL);
            let _ended = self.child.wait().await;
        }
    }
}

/// The end of the output, masked.
struct Tail {
    masker: Masker,
    kept: Vec<u8>,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.masker.push(bytes, &mut self.kept);
        if self.kept.len() > 2 * TAIL {
            self.kept.drain(..self.kept.len() - TAIL);
        }
    }

    fn text(mut self) -> String {
        self.masker.finish(&mut self.kept);
        let from = self.kept.len().saturating_sub(TAIL);
        utf8::decode_all(&self.kept[from..]).trim_end().to_owned()
    }
}
