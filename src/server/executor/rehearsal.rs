//! What a rehearsal is told: the steps as they will be carried out, without what leads to the target.

use super::spec::{command_line, of_step, task};
use crate::run::RunState;
use crate::runbook::{Action, Command, Leg, Rehearse, Step, Value};
use crate::server::console::Console;
use crate::server::worker::{self, Plan, Program, Runs, Task};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) fn plan(
    console: &Console,
    state: &RunState,
    rehearse: &Rehearse,
    artifacts: &Path,
) -> Result<Plan, String> {
    let program = |command: &Command| {
        let mut env = BTreeMap::new();
        let (argv, cwd) = command_line(command, console.runbooks().dir(), artifacts, &mut env);
        Program { argv, env, cwd }
    };
    let part = |step: &Step| {
        let runs = match &step.run {
            Action::Command(command) => Runs::Program(program(command)),
            action => Runs::Task(Box::new(on_a_copy(task(console, state, action, artifacts)?))),
        };
        Ok(worker::Part { step: step.clone(), env: of_step(state, step), runs })
    };
    let leg = |leg: Leg<'_>| {
        let parts: Result<Vec<_>, String> = leg.steps.into_iter().map(part).collect();
        Ok(worker::Leg { path: leg.path.cloned(), parts: parts? })
    };
    let legs: Result<Vec<_>, String> = rehearse.legs(&state.runbook).into_iter().map(leg).collect();
    let window_minutes = state.runbook.window.as_ref().and_then(|name| state.parameters.get(name));
    Ok(Plan {
        copy: program(&rehearse.copy),
        measure: rehearse.measure.as_ref().map(program),
        legs: legs?,
        database: state.runbook.database.clone(),
        window_minutes: window_minutes.and_then(|value| match value {
            Value::Integer(minutes) => Some(*minutes),
            _ => None,
        }),
    })
}

/// Neither times nor counters of the target compare with those of its copy.
fn on_a_copy(task: Task) -> Task {
    match task {
        Task::Explain { explain, types, parameters, .. } => {
            Task::Explain { explain, types, parameters, baseline: None }
        }
        Task::Inventory { database, expect, .. } => {
            Task::Inventory { database, expect, counted: None, plans: Vec::new() }
        }
        task => task,
    }
}
