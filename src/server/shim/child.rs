//! Starting the child and learning how it ended. Its output is `pump`'s matter.

use std::io::{self, PipeReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use super::spec::{Rung, ShimSpec};

/// Room between the child and the shim: a burst of output finds place at once and the child runs on.
const PIPE_SIZE: i32 = 1024 * 1024;

/// A started child. It is not reaped before the shim ends: until then nobody else can get its process id, so a
/// signal to its group never reaches a stranger.
pub struct Child {
    process: std::process::Child,
    pid: Pid,
}

/// How a child ended: its exit code or the name of the signal.
pub type End = Result<i32, String>;

impl Child {
    /// Starts the child in a process group of its own, and gives the read ends of its stdout and stderr.
    ///
    /// # Errors
    /// A sentence that says what is missing.
    pub fn start(spec: &ShimSpec) -> Result<(Self, [PipeReader; 2]), String> {
        let (name, arguments) =
            spec.argv.split_first().ok_or("the step has an empty argv: it names no program")?;
        if let Some(cwd) = spec.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
            return Err(format!("the working directory {} does not exist", cwd.display()));
        }
        let program = find(name, spec)?;
        let outputs = pipe().and_then(|out| Ok((out, pipe()?)));
        let ((out, to_out), (err, to_err)) = outputs.map_err(|e| format!("cannot make a pipe: {e}"))?;
        let mut command = Command::new(program);
        command.arg0(name).args(arguments).env_clear().envs(&spec.env).process_group(0);
        command.stdin(Stdio::null()).stdout(to_out).stderr(to_err);
        if let Some(cwd) = &spec.cwd {
            command.current_dir(cwd);
        }
        let process = command.spawn().map_err(|e| format!("`{name}` cannot be started: {e}"))?;
        let pid = Pid::from_raw(process.id().cast_signed());
        Ok((Self { process, pid }, [out, err]))
    }

    /// Process id of the child, which is its group's too.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Sends a rung's signal to the whole group.
    pub fn send(&self, rung: Rung) {
        // Fails only when nobody is left in the group, which is what the signal is for.
        let _ = killpg(self.pid, rung.signal());
    }

    /// How the child ended, if it has.
    pub fn ended(&mut self) -> Option<End> {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        match waitid(Id::Pid(self.pid), flags) {
            Ok(WaitStatus::Exited(_, code)) => Some(Ok(code)),
            Ok(WaitStatus::Signaled(_, signal, _)) => Some(Err(Signal::as_str(signal).to_owned())),
            Ok(_) => None,
            // A real-time signal: `nix` has no name for it. The standard library reaps, but tells.
            Err(_) => self.process.try_wait().ok().flatten().map(|status| {
                status.code().ok_or_else(|| format!("signal {}", status.signal().unwrap_or_default()))
            }),
        }
    }
}

fn pipe() -> io::Result<(PipeReader, io::PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    // Refused beyond /proc/sys/fs/pipe-max-size and the user's share; the usual 64 KiB serve too.
    let _ = fcntl(&reader, FcntlArg::F_SETPIPE_SZ(PIPE_SIZE));
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok((reader, writer))
}

/// The program's path, looked up in the child's own PATH, not in the shim's.
fn find(name: &str, spec: &ShimSpec) -> Result<PathBuf, String> {
    if name.contains('/') {
        let from = spec.cwd.clone().unwrap_or_default();
        return match from.join(name).exists() {
            true => Ok(PathBuf::from(name)),
            false => Err(format!("the program {name} does not exist")),
        };
    }
    let path = spec
        .env
        .get("PATH")
        .ok_or_else(|| format!("`{name}` cannot be found: the step's environment has no PATH"))?;
    std::env::split_paths(path)
        .map(|dir| dir.join(name))
        .find(|file| executable(file))
        .ok_or_else(|| format!("`{name}` was not found in the step's PATH, which is {path}"))
}

fn executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
