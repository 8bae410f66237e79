//! The server as a process of its own, with one person and her token.

use anyhow::{Context, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PERSON: &str = "bench";

pub struct Console {
    process: Child,
    pub address: SocketAddr,
    pub token: String,
    dir: PathBuf,
}

impl Console {
    /// A server on this folder's state, and its people where they are missing. It may not answer yet.
    pub fn start(dir: &Path, target: &str) -> anyhow::Result<Self> {
        let token = match std::fs::read_to_string(dir.join("token")) {
            Ok(token) => token,
            Err(_) => make_person(dir, target)?,
        };
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut serve = kneeboard(dir, target, &["serve", "--listen", &address.to_string()])?;
        let process = serve.stdout(Stdio::null()).spawn()?;
        let console = Self { process, address, token, dir: dir.to_owned() };
        Ok(console)
    }

    /// Makes a runbook of these steps, as TOML, and gives its slug.
    pub fn runbook(&self, slug: &str, steps: &[(String, Vec<String>)]) -> anyhow::Result<()> {
        let mut text = format!("slug = \"{slug}\"\ntitle = \"{slug}\"\nsummary = \"Measured.\"\n\n");
        text.push_str("[[phases]]\nid = \"all\"\ntitle = \"All\"\nkind = \"migrate\"\n\n");
        for (id, argv) in steps {
            let argv = serde_json::to_string(argv)?;
            text.push_str(&format!("[[phases.steps]]\nid = \"{id}\"\ntitle = \"{id}\"\ntimeout = \"5m\"\n"));
            text.push_str(&format!("run.command.argv = {argv}\n\n"));
        }
        Ok(std::fs::write(self.dir.join("runbooks").join(format!("{slug}.toml")), text)?)
    }

    /// A line of `/proc/PID/status` that is a size, in MB.
    pub fn memory(&self, name: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let size = status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().nth(1));
        Ok(size.context("the server's memory is not told")?.parse::<f64>()? * 1024.0 / 1e6)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.process.id().cast_signed()), Signal::SIGTERM);
        let _ = self.process.wait();
    }
}

fn make_person(dir: &Path, target: &str) -> anyhow::Result<String> {
    std::fs::create_dir_all(dir.join("runbooks"))?;
    let permissions = ["--permission", "viewer", "--permission", "operator"];
    let arguments = [&["user", "add", PERSON], &permissions[..], &["--password-stdin"]].concat();
    let mut adding =
        kneeboard(dir, target, &arguments)?.stdin(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    adding.stdin.take().context("its input")?.write_all(b"nobody signs in with this\n")?;
    ensure!(adding.wait()?.success(), "the person that measures could not be added");
    let add = kneeboard(dir, target, &["token", "add", PERSON, "bench", "--scope", "operate"])?.output()?;
    ensure!(add.status.success(), "no token: {}", String::from_utf8_lossy(&add.stderr));
    let token = String::from_utf8(add.stdout)?.trim().to_owned();
    std::fs::write(dir.join("token"), &token)?;
    Ok(token)
}

fn kneeboard(dir: &Path, target: &str, arguments: &[&str]) -> anyhow::Result<Command> {
    let program = std::env::current_exe()?.with_file_name("kneeboard");
    ensure!(program.exists(), "{} is missing: `make bench` builds it", program.display());
    let mut command = Command::new(program);
    command.args(arguments).env("KNEEBOARD_STATE", format!("sqlite://{}/state.sqlite", dir.display()));
    command.env("KNEEBOARD_RUNBOOKS", dir.join("runbooks")).env("KNEEBOARD_TARGET_BENCH", target);
    command.env("KNEEBOARD_LOG", "error").stdin(Stdio::null());
    Ok(command)
}
