//! The sessions of one step, found by their application name in pg_stat_activity, cancelled or terminated: exactly these.

use super::connect::Target;
use super::error::{TargetError, code};
use crate::run::RunId;
use crate::runbook::Id;

#[derive(Clone, Copy)]
enum Stop {
    Cancel,
    Terminate,
}

/// The application name of a step's sessions (`PGAPPNAME`). PostgreSQL cuts it at 63 bytes.
pub fn application_name(run: &RunId, step: &Id) -> String {
    format!("kneeboard {}/{step}", run.short()).chars().take(63).collect()
}

/// A session of the step.
struct Met {
    pid: i32,
    query: Option<String>,
    /// None: idle, so there was nothing to cancel. False: it was gone before the signal.
    done: Option<bool>,
}

/// Only client backends of this database (a role without pg_read_all_stats is not told which those of others are), and never the
/// session that asks. The name is compared as a whole, except that tools may append to it behind a space.
const CANCEL: &str = "
    SELECT pid, query, CASE WHEN state = 'idle' THEN NULL ELSE pg_cancel_backend(pid) END AS done FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND coalesce(backend_type = 'client backend', true)
      AND (application_name = $1 OR left(application_name, length($1) + 1) = $1 || ' ')";

const TERMINATE: &str = "
    SELECT pid, query, pg_terminate_backend(pid) AS done FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND coalesce(backend_type = 'client backend', true)
      AND (application_name = $1 OR left(application_name, length($1) + 1) = $1 || ' ')";

/// `pg_cancel_backend`: their statements end, the sessions stay. What was met, in one sentence for the run's events; where the target
/// cannot be asked, the sentence says so.
pub async fn cancel(target: &Target, application_name: &str) -> String {
    stop(target, application_name, Stop::Cancel).await
}

/// `pg_terminate_backend`, told as [`cancel`] does.
pub async fn terminate(target: &Target, application_name: &str) -> String {
    stop(target, application_name, Stop::Terminate).await
}

async fn stop(target: &Target, application_name: &str, how: Stop) -> String {
    match try_stop(target, application_name, how).await {
        Ok(met) => sentence(&met, how),
        Err(error) if error.code().as_deref() == Some(code::INSUFFICIENT_PRIVILEGE) => {
            let user = &target.settings().user;
            format!(
                "not permitted: the step's sessions belong to another role, and {user} lacks pg_signal_backend ({error})"
            )
        }
        Err(error) => format!("the target could not be asked: {error}"),
    }
}

async fn try_stop(target: &Target, application_name: &str, how: Stop) -> Result<Vec<Met>, TargetError> {
    let statement = match how {
        Stop::Cancel => CANCEL,
        Stop::Terminate => TERMINATE,
    };
    let mut session = target.session().await?;
    let met: Vec<(i32, Option<String>, Option<bool>)> =
        sqlx::query_as(statement).bind(application_name).fetch_all(&mut *session).await?;
    session.done();
    Ok(met.into_iter().map(|(pid, query, done)| Met { pid, query, done }).collect())
}

fn sentence(met: &[Met], how: Stop) -> String {
    let verb = match how {
        Stop::Cancel => "cancelled",
        Stop::Terminate => "terminated",
    };
    let named = |wanted: Option<bool>| {
        let those = met.iter().filter(|met| met.done == wanted).map(|met| {
            let query: String =
                met.query.as_deref().unwrap_or("statement not visible").chars().take(60).collect();
            format!("pid {} ({})", met.pid, query.split_whitespace().collect::<Vec<_>>().join(" "))
        });
        those.collect::<Vec<_>>()
    };
    let (stopped, gone, idle) = (named(Some(true)), named(Some(false)), named(None));
    let mut said = Vec::new();
    match stopped.len() {
        0 => {}
        1 => said.push(format!("1 backend {verb}: {}", stopped[0])),
        n => said.push(format!("{n} backends {verb}: {}", stopped.join(", "))),
    }
    if !gone.is_empty() {
        said.push(format!("{} could not be signalled: {}", gone.len(), gone.join(", ")));
    }
    if !idle.is_empty() {
        said.push(format!("{} idle, nothing to cancel: {}", idle.len(), idle.join(", ")));
    }
    if said.is_empty() { "no backend of this step is connected".to_owned() } else { said.join("; ") }
}
