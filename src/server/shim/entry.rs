//! `kneeboard shim DIR`: from the command line to the loop in `work`, in the order that makes a crash readable.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout, setsid};

use super::claim::Claim;
use super::door::Door;
use super::signals::Signals;
use super::spec::{ExitRecord, ShimSpec};
use super::work::{Work, not_started};

/// Written to standard output when the directory is taken and the shim needs its caller no more.
pub const ACCEPTED: u8 = b'+';

/// Runs a shim if that is what the command line asks for. Looked at before anything else in the program, because
/// every step pays for what comes first.
pub fn dispatch(mut args: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    if args.nth(1)? != "shim" {
        return None;
    }
    match (args.next(), args.next()) {
        (Some(dir), None) if dir != "--help" => Some(main(Path::new(&dir))),
        _ => {
            eprintln!(
                "usage: kneeboard shim DIR < SPEC.json (the console calls this; see `kneeboard serve`)"
            );
            Some(ExitCode::from(2))
        }
    }
}

/// Works in an attempt directory until its child has ended. The exit code says only whether there is an exit record;
/// how the child ended stands in it.
pub fn main(dir: &Path) -> ExitCode {
    match attempt(dir) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("kneeboard shim: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn attempt(dir: &Path) -> Result<(), String> {
    let signals = Signals::listen().map_err(|e| format!("cannot listen to signals: {e}"))?;
    // Fails for the leader of a process group (a shim started by hand): it then shares that session, which is harmless.
    let _ = setsid();
    let mut claim = Claim::take(dir)?;
    let mut door = Door::open(dir).map_err(|e| format!("cannot open the socket: {e}"));
    let spec = read_spec();
    let _ = io::stdout().write_all(&[ACCEPTED]).and_then(|()| io::stdout().flush());
    let record = match (&mut door, spec) {
        (Ok(door), Ok(spec)) => run(&mut claim, door, signals, &spec).unwrap_or_else(not_started),
        (Err(error), _) => not_started(error.clone()),
        (_, Err(error)) => not_started(error),
    };
    // The door closes behind this line: to the callers its end means "look for the exit record".
    claim.exit.seal(&record).map_err(|e| format!("{}: cannot write the exit record: {e}", dir.display()))
}

fn run(claim: &mut Claim, door: &mut Door, signals: Signals, spec: &ShimSpec) -> Result<ExitRecord, String> {
    let_go_of_the_caller().map_err(|e| format!("cannot open /dev/null: {e}"))?;
    let work = Work::start(spec, &mut claim.log, door, signals)?;
    // For a person who finds an attempt unknown and wants to know what may still be running.
    let _ = writeln!(claim.lock, "{}", work.pid());
    Ok(work.finish())
}

fn read_spec() -> Result<ShimSpec, String> {
    let mut json = Vec::new();
    io::stdin().read_to_end(&mut json).map_err(|e| format!("cannot read what to run: {e}"))?;
    serde_json::from_slice(&json).map_err(|e| format!("what to run did not arrive whole: {e}"))
}

/// A pipe kept open would keep the console, or its terminal, waiting for the step.
fn let_go_of_the_caller() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    Ok(())
}
