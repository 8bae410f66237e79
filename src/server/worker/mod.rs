//! `kneeboard worker FILE`: the process behind every step that is not a program of the runbook. It does one task over the connection
//! that libpq's variables name, says on its output what it does, and leaves `result.json` beside the task.
//!
//! Exit code 0: carried out; whether what was found is good stands in the findings. 1: an error, told as psql tells it. 128 + n: stopped
//! by the signal n, after the running statement was cancelled on the server.

mod explain;
mod inventory;
mod keep;
mod notices;
mod query;
mod rehearse;
mod remedy;
mod sql;
mod stop;
mod task;
mod uses;

pub use crate::run::result::StepResult;
pub use rehearse::{Leg, Part, Plan, Program, Runs};
pub use task::Task;

use crate::server::target::TargetError;
use crate::server::target::error::lines;
use crate::server::target::settings::Settings;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use std::env::ArgsOs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use stop::Stop;

/// Name of the file that holds the task, and of the one that the worker leaves beside it.
pub const TASK: &str = "task.json";
pub const RESULT: &str = "result.json";

/// How long the server may take to let a session in.
const PATIENCE: Duration = Duration::from_secs(30);

/// Carries out `kneeboard worker FILE`; none where the arguments are other ones.
pub fn dispatch(mut arguments: ArgsOs) -> Option<ExitCode> {
    (arguments.nth(1)? == "worker").then_some(())?;
    let Some(file) = arguments.next().map(PathBuf::from) else {
        say("usage: kneeboard worker FILE");
        return Some(ExitCode::FAILURE);
    };
    notices::print();
    let code = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(main(&file)),
        Err(error) => {
            say(&format!("ERROR:  {error}"));
            1
        }
    };
    Some(ExitCode::from(code))
}

/// One line of the step's output. Where nobody reads it any more, the task goes on.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _nobody_reads = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// How a task can end without a result.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("stopped before the next statement")]
    Stopped,
    #[error("{what} {path}: {error}")]
    File { what: &'static str, path: String, error: std::io::Error },
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Target(error.into())
    }
}

/// The exit code.
async fn main(file: &Path) -> u8 {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return failed(&error, None),
    };
    let stopping = stop.stopping();
    let work = async {
        let task = task::read(file)?;
        if let Task::Rehearse(plan) = &task {
            return keep::result(file, &rehearse::carry_out(plan, keep::folder(file), &stopping).await?);
        }
        let options = options()?;
        let mut session = connect(&options).await?;
        stopping.can_cancel(options, &mut session).await?;
        let result = task.carry_out(&mut session, &stopping).await?;
        keep::result(file, &result)
    };
    match stop.unless_asked(work).await {
        Ok(()) => 0,
        Err(error) => failed(&error, stop.exit_code()),
    }
}

fn failed(error: &Failed, stopped: Option<u8>) -> u8 {
    match error {
        Failed::Target(TargetError::Sql(error)) => lines(error).iter().for_each(|line| say(line)),
        error => say(&format!("ERROR:  {error}")),
    }
    stopped.unwrap_or(1)
}

/// By libpq's variables, `PGAPPNAME` and `PGOPTIONS` among them, as psql would connect.
fn options() -> Result<PgConnectOptions, Failed> {
    let settings = Settings::resolve(&[], &std::env::vars().collect()).map_err(TargetError::Unfit)?;
    say(&format!("connecting to {}", settings.place()));
    Ok(settings.options().map_err(TargetError::Unfit)?.disable_statement_logging())
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Failed> {
    let silent = |_| TargetError::Unfit(format!("the server did not answer within {} s", PATIENCE.as_secs()));
    let connected = tokio::time::timeout(PATIENCE, options.connect()).await;
    let mut session = connected.map_err(silent)??;
    // When this process is killed, its statement ends soon after, and not with the whole index. Since PostgreSQL 14, on Linux and
    // macOS; elsewhere the server refuses, and the statement runs on as it does for every client.
    if session.server_version_num().is_some_and(|version| version >= 140_000) {
        let _refused =
            sqlx::raw_sql("SET client_connection_check_interval = '2s'").execute(&mut session).await;
    }
    Ok(session)
}
