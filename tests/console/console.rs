//! A console as a process: its state, its runbooks, its people, its target. It can be killed and started again.

use crate::support::{Database, OWNER};
use kneeboard::run::RunId;
use kneeboard::server::shim::files;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use tempfile::TempDir;

/// The operators.
pub const PEOPLE: [&str; 2] = ["olga", "oscar"];

pub struct Console {
    pub database: Database,
    pub client: reqwest::Client,
    tokens: BTreeMap<&'static str, String>,
    serving: Option<Serving>,
    dir: TempDir,
}

struct Serving {
    process: Child,
    url: String,
    /// Kept open: a process that cannot print may end.
    _output: BufReader<ChildStdout>,
}

impl Console {
    /// A console with one runbook `test` of these phases and a target `shop`, serving.
    pub async fn open(phases: &str) -> Self {
        Self::open_on(Database::new().await, phases)
    }

    /// The same on a database that is there.
    pub fn open_on(database: Database, phases: &str) -> Self {
        let mut console = Self {
            database,
            client: reqwest::Client::new(),
            tokens: BTreeMap::new(),
            serving: None,
            dir: TempDir::new().unwrap(),
        };
        std::fs::create_dir(console.path("runbooks")).unwrap();
        let head = "slug = \"test\"\ntitle = \"Test\"\nsummary = \"Made by a test.\"\n\n";
        std::fs::write(console.path("runbooks/test.toml"), format!("{head}{phases}")).unwrap();
        succeeded(console.kneeboard(&["check", "runbooks/test.toml"]));
        for name in PEOPLE {
            console.add_person(name, &["--permission", "operator"]);
        }
        console.serve();
        console
    }

    /// `more`: what the person may do besides looking.
    pub fn add_person(&mut self, name: &'static str, more: &[&str]) {
        let add = [&["user", "add", name, "--permission", "viewer", "--password-stdin"], more].concat();
        let mut adding = self.kneeboard(&add).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        adding.stdin.take().unwrap().write_all(b"correct horse battery staple\n").unwrap();
        assert!(adding.wait().unwrap().success());
        let token = succeeded(self.kneeboard(&["token", "add", name, "test", "--scope", "operate"]));
        self.tokens.insert(name, token.trim().to_owned());
    }

    /// The program on this console's state, as somebody at its terminal would start it.
    pub fn kneeboard(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kneeboard"));
        command.args(arguments).current_dir(self.dir.path());
        command.env("KNEEBOARD_STATE", format!("sqlite://{}", self.path("state.sqlite").display()));
        command.env("KNEEBOARD_RUNBOOKS", self.path("runbooks"));
        command.env("KNEEBOARD_TARGET_SHOP", self.database.url(OWNER));
        // The tests' people are programs, with tokens. `second_factor` says otherwise.
        command.env("KNEEBOARD_STEP_UP_SHOP", "false");
        if self.path("targets.toml").exists() {
            command.env("KNEEBOARD_TARGETS", self.path("targets.toml"));
        }
        if self.path("notify.toml").exists() {
            command.env("KNEEBOARD_NOTIFY", self.path("notify.toml"));
        }
        command.env("KNEEBOARD_LOG", "warn").stdin(Stdio::null());
        command
    }

    /// Starts the server, on a port that the system chooses.
    pub fn serve(&mut self) {
        self.serve_within(&[]);
    }

    /// Starts it by a command that becomes the server: `env`, `unshare` and the like.
    pub fn serve_within(&mut self, within: &[String]) {
        let mut command = self.kneeboard(&["serve", "--listen", "127.0.0.1:0"]);
        if let Some(program) = within.first() {
            let mut outer = Command::new(program);
            outer.args(&within[1..]).arg(command.get_program()).args(command.get_args());
            outer.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
            outer.current_dir(self.dir.path()).stdin(Stdio::null());
            command = outer;
        }
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "the server ended before it had an address");
        }
        let url = line[line.find("http://").unwrap()..].trim().to_owned();
        self.serving = Some(Serving { process, url, _output: output });
    }

    /// SIGKILL: no code of the server runs any more.
    pub fn kill(&mut self) {
        let mut serving = self.serving.take().expect("a server");
        serving.process.kill().unwrap();
        serving.process.wait().unwrap();
    }

    /// Sends the server a signal and waits until it has ended.
    pub fn end(&mut self, signal: Signal) -> ExitStatus {
        let mut serving = self.serving.take().expect("a server");
        kill(Pid::from_raw(serving.process.id().cast_signed()), signal).unwrap();
        serving.process.wait().unwrap()
    }

    pub fn server_pid(&self) -> u32 {
        self.serving.as_ref().expect("a server").process.id()
    }

    pub fn kill_and_serve_again(&mut self) {
        self.kill();
        self.serve();
    }

    /// Where the server is, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.serving.as_ref().expect("a server").url
    }

    pub fn token(&self, name: &str) -> &str {
        &self.tokens[name]
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Where a step's programs leave files: `$KNEEBOARD_ARTIFACTS`.
    pub fn artifacts(&self, run: &RunId) -> PathBuf {
        self.path("runs").join(run.as_str()).join("artifacts")
    }

    pub fn attempt_dir(&self, run: &RunId, step: &str, number: u32) -> PathBuf {
        self.path("runs").join(run.as_str()).join(step).join(number.to_string())
    }

    /// The log as it is on disk, with or without a server.
    pub fn out(&self, run: &RunId, step: &str) -> String {
        String::from_utf8(std::fs::read(self.attempt_dir(run, step, 1).join(files::OUT)).unwrap()).unwrap()
    }

    /// Lets a step go on that waits for a file of this name in its artifacts.
    pub fn touch(&self, run: &RunId, name: &str) {
        std::fs::write(self.artifacts(run).join(name), "").unwrap();
    }

    /// SIGKILL for the shim of a running attempt; gives the process id of the step's child, which goes on.
    pub fn kill_shim(&self, run: &RunId, step: &str) -> Pid {
        let dir = self.attempt_dir(run, step, 1);
        let (pid, _) = shims(&dir).into_iter().next().expect("a shim at work");
        let child = child(&dir).expect("the child's process id in the lock");
        kill(pid, Signal::SIGKILL).unwrap();
        child
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        if self.serving.is_some() {
            self.kill();
        }
        // What a failed test leaves running.
        for child in shims(self.dir.path()).iter().filter_map(|(_, dir)| child(dir)) {
            let _ = killpg(child, Signal::SIGKILL);
        }
    }
}

/// The process id of the child that the shim noted.
fn child(dir: &Path) -> Option<Pid> {
    std::fs::read_to_string(dir.join(files::LOCK)).ok()?.trim().parse().ok().map(Pid::from_raw)
}

/// Shims at work in a directory or below it, each with its own.
fn shims(below: &Path) -> Vec<(Pid, PathBuf)> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let entry = entry.ok()?;
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        let arguments: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        let dir = arguments.get(2).filter(|_| arguments[1] == "shim").map(|dir| PathBuf::from(&**dir))?;
        let pid = entry.file_name().to_str()?.parse().ok()?;
        dir.starts_with(below).then_some((Pid::from_raw(pid), dir))
    });
    processes.collect()
}

/// What a command prints that must not fail.
pub fn succeeded(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// The sentence of a command that must fail: one line, in which it says who speaks.
pub fn refused(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(!status.success(), "{command:?} said {}", String::from_utf8_lossy(&stdout));
    let sentence = String::from_utf8(stderr).unwrap();
    assert!(sentence.starts_with("kneeboard: ") && sentence.lines().count() == 1, "{sentence}");
    sentence
}
