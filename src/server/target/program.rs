//! A program of a runbook that only reads: started without a shell in its own process group, bounded in time, ended with all its children
//! when that is up. What it prints is masked before anybody sees it.

use super::child;
use super::connect::Target;
use crate::runbook::{Command, Id, Value};
use crate::server::shim::Masker;
use crate::text::utf8;
use futures::future::join_all;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::time::timeout;

/// From SIGTERM to SIGKILL, and from a program's end to that of its output, which a child of it may hold open.
const GRACE: Duration = Duration::from_secs(2);
/// Such a program only reads, and a lock that it waits for is one that others queue behind.
const OPTIONS: &str = "-c default_transaction_read_only=on -c lock_timeout=2s -c statement_timeout=60s";

pub struct Program<'a> {
    pub target: &'a Target,
    pub command: &'a Command,
    pub parameters: &'a BTreeMap<Id, Value>,
    /// Where the runbook's file lies.
    pub folder: &'a Path,
    pub patience: Duration,
    /// How many bytes of the end of its output are kept.
    pub keep: usize,
}

pub enum Ended {
    /// One sentence.
    NotStarted(String),
    /// Its time was up, and it was ended.
    TimedOut,
    /// Its end could not be waited for.
    Lost(io::Error),
    Exited(ExitStatus),
}

impl Program<'_> {
    /// Both streams as one, so that their lines come in the order in which they were written.
    pub async fn run(&self) -> (Ended, String) {
        let (ended, [output]) = self.start_and_follow().await;
        (ended, output)
    }

    /// Standard output and standard error, each by itself.
    pub async fn run_apart(&self) -> (Ended, [String; 2]) {
        self.start_and_follow().await
    }

    async fn start_and_follow<const N: usize>(&self) -> (Ended, [String; N]) {
        let secrets = self.target.secrets();
        let mut outputs: [Output; N] = std::array::from_fn(|_| Output::new(&secrets, self.keep));
        let ended = match self.start(&mut outputs) {
            Err(error) => Ended::NotStarted(self.not_started(&error)),
            Ok(mut group) => match timeout(self.patience, group.follow(&mut outputs)).await {
                Ok(Ok(status)) => Ended::Exited(status),
                Ok(Err(error)) => Ended::Lost(error),
                Err(_) => {
                    group.end().await;
                    Ended::TimedOut
                }
            },
        };
        (ended, outputs.map(Output::text))
    }

    /// With one output both streams go there.
    fn start(&self, outputs: &mut [Output]) -> io::Result<Group> {
        let (program, arguments) =
            self.command.argv.split_first().ok_or_else(|| io::Error::other("there is no program"))?;
        let cwd = self.cwd();
        // A path is meant from the folder; a bare name is looked up in PATH.
        let program = if program.contains('/') { cwd.join(program).into_os_string() } else { program.into() };
        let mut writers = Vec::new();
        for output in outputs.iter_mut() {
            let (reader, writer) = io::pipe()?;
            output.reader = Some(Receiver::from_owned_fd(reader.into())?);
            writers.push(writer);
        }
        let last = writers.pop().ok_or_else(|| io::Error::other("there is nowhere to write to"))?;
        let first = match writers.pop() {
            Some(first) => first,
            None => last.try_clone()?,
        };
        let child = tokio::process::Command::new(program)
            .args(arguments)
            .current_dir(cwd)
            .env_clear()
            .envs(child::environment(self.target, self.parameters))
            .env("PGAPPNAME", "kneeboard probe")
            .env("PGOPTIONS", OPTIONS)
            .envs(&self.command.env)
            .stdin(Stdio::null())
            .stdout(first)
            .stderr(last)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Group { child, id })
    }

    fn cwd(&self) -> PathBuf {
        self.command.cwd.as_ref().map_or_else(|| self.folder.to_owned(), |cwd| self.folder.join(cwd))
    }

    fn not_started(&self, error: &io::Error) -> String {
        let program = self.command.argv.first().map_or("", String::as_str);
        let cwd = self.cwd();
        if !cwd.is_dir() {
            return format!("{program} could not be started: there is no folder {}", cwd.display());
        }
        if error.kind() == io::ErrorKind::NotFound && !program.contains('/') {
            return format!("{program} could not be started: it is not on the console's PATH");
        }
        format!("{program} could not be started: {error}")
    }
}

/// A child that leads a process group of its own.
struct Group {
    child: tokio::process::Child,
    id: Option<Pid>,
}

impl Group {
    async fn follow(&mut self, outputs: &mut [Output]) -> io::Result<ExitStatus> {
        let mut drained = std::pin::pin!(join_all(outputs.iter_mut().map(Output::drain)));
        let status = tokio::select! {
            status = self.child.wait() => status?,
            _ = &mut drained => return self.child.wait().await,
        };
        // A child that was left behind holds the output open. While it lives the group's id is not given to another.
        if let (Err(_), Some(group)) = (timeout(GRACE, drained).await, self.id) {
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

/// The end of an output, masked.
struct Output {
    reader: Option<Receiver>,
    masker: Masker,
    kept: Vec<u8>,
    keep: usize,
}

impl Output {
    fn new(secrets: &[String], keep: usize) -> Self {
        Self { reader: None, masker: Masker::new(secrets), kept: Vec::new(), keep }
    }

    async fn drain(&mut self) {
        let Some(mut reader) = self.reader.take() else { return };
        let mut buffer = vec![0; 65_536];
        while let Ok(n @ 1..) = reader.read(&mut buffer).await {
            self.masker.push(&buffer[..n], &mut self.kept);
            if self.kept.len() > 2 * self.keep {
                self.kept.drain(..self.kept.len() - self.keep);
            }
        }
    }

    fn text(mut self) -> String {
        self.masker.finish(&mut self.kept);
        let from = self.kept.len().saturating_sub(self.keep);
        utf8::decode_all(&self.kept[from..]).trim_end().to_owned()
    }
}
