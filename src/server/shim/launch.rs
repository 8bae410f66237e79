//! Starting a shim from the console. Once it has accepted, it needs the console no more.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::entry::ACCEPTED;
use super::spec::ShimSpec;

/// How many levels of directories may be new: the attempt's, the step's, the run's.
const LEVELS: usize = 3;

/// A shim accepts within milliseconds; beyond this the caller has to look at the directory.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a shim was not started.
#[derive(Debug, Error)]
pub enum LaunchError {
    /// The directory is there: an attempt runs once only.
    #[error("{0} exists: an attempt runs once only; start a new attempt")]
    Exists(PathBuf),
    /// The directory cannot be made.
    #[error(
        "cannot make the attempt directory {dir}: {error}; look at the space and the owner of the state directory"
    )]
    Directory { dir: PathBuf, error: io::Error },
    /// The program cannot be started, so nothing was run.
    #[error("cannot start the shim: {0}")]
    Spawn(io::Error),
    /// The shim refused, so nothing was run.
    #[error("the shim refused: {0}")]
    Refused(String),
    /// The shim does not answer. It may have begun or not: [`super::adopt::adopt`] settles it.
    #[error("the shim did not answer: {0}")]
    NoAnswer(String),
}

/// Starts shims from one program.
#[derive(Clone, Debug)]
pub struct Launcher {
    program: PathBuf,
}

impl Launcher {
    /// Shims of the very program that is running, even when its file has been replaced by a newer one since.
    pub fn current() -> Self {
        Self::of(PathBuf::from("/proc/self/exe"))
    }

    /// Shims of another `kneeboard` program.
    pub fn of(program: PathBuf) -> Self {
        Self { program }
    }

    /// Makes the attempt directory, lays the papers that the child will read into it (name, content), and starts a
    /// shim in it. Returns when the shim holds the directory and has understood what to run: from then on the
    /// attempt goes on without us, and ends with an exit record even if the child cannot be started.
    ///
    /// # Errors
    /// Each kind says whether anything may have been started. The directory stays as a trace.
    pub async fn launch(
        &self,
        dir: &Path,
        spec: &ShimSpec,
        papers: &[(&str, Vec<u8>)],
    ) -> Result<(), LaunchError> {
        make(dir)?;
        for (name, bytes) in papers {
            lay(&dir.join(name), bytes)
                .map_err(|error| LaunchError::Directory { dir: dir.to_owned(), error })?;
        }
        let mut shim = self.spawn(dir).map_err(LaunchError::Spawn)?;
        let json = serde_json::to_vec(spec).map_err(|e| LaunchError::Refused(e.to_string()))?;
        // The shim runs nothing before it has its whole input, and by then the directory must survive a power cut:
        // a child without a trace could be started twice.
        on_disk(dir).await.map_err(|error| LaunchError::Directory { dir: dir.to_owned(), error })?;
        let answer = timeout(PATIENCE, accepted(&mut shim, &json)).await;
        // The shim is our child, but neither awaited nor ended by us: the runtime reaps it when it ends.
        tokio::spawn(async move { shim.wait().await });
        answer.unwrap_or_else(|_| {
            Err(LaunchError::NoAnswer(format!("nothing within {} s", PATIENCE.as_secs())))
        })
    }

    fn spawn(&self, dir: &Path) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.arg0("kneeboard").arg("shim").arg(dir).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }
}

fn make(dir: &Path) -> Result<(), LaunchError> {
    let failed = |error| LaunchError::Directory { dir: dir.to_owned(), error };
    let parent = dir.parent().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
    DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(failed)?;
    DirBuilder::new().mode(0o700).create(dir).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => LaunchError::Exists(dir.to_owned()),
        _ => failed(error),
    })
}

fn lay(path: &Path, bytes: &[u8]) -> io::Result<()> {
    File::options().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}

/// Brings the directories' names to disk.
async fn on_disk(dir: &Path) -> io::Result<()> {
    let parents: Vec<PathBuf> = dir.ancestors().skip(1).take(LEVELS).map(Path::to_owned).collect();
    let synced = spawn_blocking(move || parents.iter().try_for_each(|parent| File::open(parent)?.sync_all()));
    synced.await.map_err(io::Error::other)?
}

async fn accepted(shim: &mut Child, json: &[u8]) -> Result<(), LaunchError> {
    let (Some(mut input), Some(mut output), Some(mut errors)) =
        (shim.stdin.take(), shim.stdout.take(), shim.stderr.take())
    else {
        return Err(LaunchError::NoAnswer("its pipes are missing".into()));
    };
    // A shim that refuses does not read on; its sentence on standard error says more than a broken pipe.
    let _ = input.write_all(json).await;
    drop(input);
    if let Ok(ACCEPTED) = output.read_u8().await {
        return Ok(());
    }
    let mut sentence = String::new();
    let _ = errors.read_to_string(&mut sentence).await;
    match sentence.trim() {
        "" => Err(LaunchError::NoAnswer("it ended without a word".into())),
        sentence => Err(LaunchError::Refused(sentence.trim_start_matches("kneeboard shim: ").to_owned())),
    }
}
