//! From a step to what its shim is told: argv, environment, folder, timeout, secrets.

use super::rehearsal;
use crate::run::RunState;
use crate::runbook::{Action, Command, Explain, Id, Span, Step};
use crate::server::console::Console;
use crate::server::logs::AttemptDir;
use crate::server::shim::ShimSpec;
use crate::server::target::{self, Target};
use crate::server::worker::{RESULT, TASK, Task};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub struct Prepared {
    pub shim: ShimSpec,
    /// Files that must be in the attempt's directory before the child starts.
    pub papers: Vec<(&'static str, Vec<u8>)>,
}

/// # Errors
/// One sentence: the target or the step is gone, or a folder cannot be made.
pub async fn prepare(
    console: &Console,
    state: &RunState,
    id: &Id,
    dir: &AttemptDir,
) -> Result<Prepared, String> {
    let (_, step) = state.runbook.step(id).ok_or("the runbook has no such step")?;
    let name = &state.target.name;
    let target =
        console.targets().get(name).ok_or_else(|| format!("the target {name} is no longer configured"))?;
    let artifacts = console.artifacts(&state.run);
    tokio::fs::create_dir_all(&artifacts)
        .await
        .map_err(|error| format!("the folder {} cannot be made: {error}", artifacts.display()))?;
    let mut env = environment(state, step, target, &artifacts, dir);
    let mut papers = Vec::new();
    let (argv, cwd) = match &step.run {
        Action::Command(command) => command_line(command, console.runbooks().dir(), &artifacts, &mut env),
        action => {
            let task = task(console, state, action, &artifacts)?;
            papers.push((TASK, serde_json::to_vec_pretty(&task).map_err(|error| error.to_string())?));
            let file = dir.file(TASK).to_string_lossy().into_owned();
            // The very program that is running, even when its file has been replaced since.
            let program = std::env::current_exe().map_err(|error| error.to_string())?;
            (vec![program.to_string_lossy().into_owned(), "worker".to_owned(), file], None)
        }
    };
    let (timeout_ms, grace_ms) = (Some(step.timeout.ms()), 5_000);
    let shim = ShimSpec { argv, env, cwd, timeout_ms, grace_ms, secrets: target.secrets() };
    Ok(Prepared { shim, papers })
}

fn environment(
    state: &RunState,
    step: &Step,
    target: &Target,
    artifacts: &Path,
    dir: &AttemptDir,
) -> BTreeMap<String, String> {
    let mut env = target::child::environment(target, &state.parameters);
    env.extend(of_step(state, step));
    env.insert("KNEEBOARD_RUN".to_owned(), state.run.to_string());
    env.insert("KNEEBOARD_ARTIFACTS".to_owned(), artifacts.to_string_lossy().into_owned());
    env.insert("KNEEBOARD_RESULT".to_owned(), dir.file(RESULT).to_string_lossy().into_owned());
    env
}

/// What tells a step's sessions from those of others, and how long they wait.
pub(super) fn of_step(state: &RunState, step: &Step) -> BTreeMap<String, String> {
    let mut env = BTreeMap::new();
    let statement_timeout = step.statement_timeout.unwrap_or(step.timeout).ms();
    let lock_timeout = step.lock_limit().map_or(0, Span::ms);
    env.insert("PGAPPNAME".to_owned(), target::application_name(&state.run, &step.id));
    env.insert(
        "PGOPTIONS".to_owned(),
        format!("-c lock_timeout={lock_timeout} -c statement_timeout={statement_timeout}"),
    );
    env.insert("KNEEBOARD_STEP".to_owned(), step.id.to_string());
    env
}

pub(super) fn command_line(
    command: &Command,
    runbooks: &Path,
    artifacts: &Path,
    env: &mut BTreeMap<String, String>,
) -> (Vec<String>, Option<PathBuf>) {
    let fill = |text: &String| text.replace("{artifacts}", &artifacts.to_string_lossy());
    env.extend(command.env.iter().map(|(name, value)| (name.clone(), fill(value))));
    let folder = command.cwd.as_ref().map_or_else(|| runbooks.to_owned(), |cwd| runbooks.join(cwd));
    let mut argv: Vec<String> = command.argv.iter().map(fill).collect();
    if let Some(program) = argv.first_mut()
        && program.contains('/')
        && !program.starts_with('/')
    {
        *program = folder.join(&*program).to_string_lossy().into_owned();
    }
    (argv, Some(folder))
}

pub(super) fn task(
    console: &Console,
    state: &RunState,
    action: &Action,
    artifacts: &Path,
) -> Result<Task, String> {
    let parameters = state.parameters.clone();
    Ok(match action {
        Action::Sql(sql) => Task::Sql { sql: sql.clone() },
        Action::Query(query) => Task::Query { query: query.clone(), types: types(state), parameters },
        Action::Explain(explain) => {
            let baseline = baseline(console, state, explain);
            Task::Explain { explain: explain.clone(), types: types(state), parameters, baseline }
        }
        Action::Inventory(inventory) => {
            let database = state.runbook.database.clone().ok_or("the runbook names no database objects")?;
            let (counted, plans) = (state.counted(), plans(console, state));
            Task::Inventory { database, expect: inventory.expect, counted, plans }
        }
        Action::Remedy(remedy) => {
            let database = state.runbook.database.clone().ok_or("the runbook names no database objects")?;
            Task::Remedy { database, remedy: remedy.clone() }
        }
        Action::Rehearse(rehearse) => {
            Task::Rehearse(Box::new(rehearsal::plan(console, state, rehearse, artifacts)?))
        }
        Action::Command(_) => return Err("a command is no task of the worker".to_owned()),
    })
}

fn types(state: &RunState) -> BTreeMap<Id, crate::runbook::ParameterType> {
    state.runbook.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.kind)).collect()
}

/// The results of the explain steps, in the runbook's order.
fn plans(console: &Console, state: &RunState) -> Vec<PathBuf> {
    let explains = state.runbook.steps().filter(|(_, step)| matches!(step.run, Action::Explain(_)));
    let last = explains.filter_map(|(_, step)| state.last_attempt(&step.id));
    let dir =
        |step: &Id, number| AttemptDir::new(console.state_dir(), state.run.as_str(), step.as_str(), number);
    last.filter_map(|attempt| Some(dir(&attempt.step, attempt.number).ok()?.file(RESULT))).collect()
}

/// The result of the last good attempt of the baseline step.
fn baseline(console: &Console, state: &RunState, explain: &Explain) -> Option<PathBuf> {
    let step = explain.baseline.as_ref()?;
    let attempt = state.last_attempt(step)?;
    let dir = AttemptDir::new(console.state_dir(), state.run.as_str(), step.as_str(), attempt.number).ok()?;
    Some(dir.file(RESULT))
}
