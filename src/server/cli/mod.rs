//! The commands of `kneeboard`, one file each. What they do beyond reading arguments and printing lives in the other rooms.

pub mod token;
pub mod user;

mod check;
mod demo;
mod entrance;
mod evidence;
mod notify;
mod preflight;
mod print;
mod provider;
mod rollback;
mod run;
mod serve;
mod verify;

use crate::server::auth::Auth;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Walks operators through a PostgreSQL change in the browser, with the way back always in reach.
#[derive(Parser, Debug)]
#[command(name = "kneeboard", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serves the console
    Serve(serve::Serve),
    /// Serves the console with a throw-away PostgreSQL, its data and demo people
    Demo(demo::Demo),
    /// Checks runbooks: file:line:column of every mistake, exit code 1
    Check {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// Prints the JSON Schema of runbooks, for editors
    Schema,
    /// Prints the tree of a saved EXPLAIN (FORMAT JSON), also as psql frames it
    Plan {
        /// A file, or - for the standard input
        file: PathBuf,
        /// Its nodes in pre-order, for scripts; times are milliseconds over all loops
        #[arg(long)]
        json: bool,
    },
    /// Looks at a runbook beside its target before a run is started; exit code 1 where it fails
    Preflight(preflight::Preflight),
    /// Starts, shows and cancels runs
    Run(run::Run),
    /// Shows the ways back of a run, takes one, or prints its commands
    Rollback(rollback::Rollback),
    /// Packs a run with all that shows what happened, or shows the key that packs are signed with
    Evidence {
        #[command(flatten)]
        places: serve::Data,
        #[command(subcommand)]
        command: evidence::EvidenceCommand,
    },
    /// Checks that nobody has changed a run since it happened; exit code 1 where somebody has
    Verify(verify::Verify),
    /// Tries a receiver of notifications, or lists what waits for one
    Notify {
        #[command(subcommand)]
        command: notify::NotifyCommand,
    },
    /// Keeps the people who may sign in
    User {
        #[command(flatten)]
        state: serve::State,
        #[command(subcommand)]
        command: user::UserCommand,
    },
    /// Keeps tokens for the API
    Token {
        #[command(flatten)]
        state: serve::State,
        #[command(subcommand)]
        command: token::TokenCommand,
    },
}

/// Runs the command of this process's arguments.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Check { files, json } => return check::check(&files, json),
        Command::Schema => check::schema(),
        Command::Plan { file, json } => check::plan(&file, json),
        Command::Serve(options) => with_runtime(serve::serve(options)),
        Command::Demo(options) => with_runtime(demo::demo(options)),
        Command::Preflight(options) => with_runtime(preflight::preflight(options)),
        Command::Run(options) => with_runtime(run::run(options)),
        Command::Rollback(options) => with_runtime(rollback::rollback(options)),
        Command::Evidence { places, command } => with_runtime(evidence::run(places, command)),
        Command::Notify { command } => with_runtime(notify::run(command)),
        Command::Verify(options) => with_runtime(verify::verify(options)),
        Command::User { state, command } => {
            with_runtime(async { user::run(command, &Auth::new(state.open().await?.pool())).await })
        }
        Command::Token { state, command } => {
            with_runtime(async { token::run(command, &Auth::new(state.open().await?.pool())).await })
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kneeboard: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn with_runtime(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("KNEEBOARD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,kneeboard=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn no_two_options_of_a_command_are_in_each_others_way() {
        Cli::command().debug_assert();
    }
}
