//! Starting a run: the runbook from its file, the target's facts and sampled parameters from the target, the rest by `decide_start`.

use super::{Cell, Console, Problem};
use crate::run::decide::{LiveRun, Start, decide_again, decide_start};
use crate::run::event::{Body, Event, NO_HASH, Pace};
use crate::run::refusal::Code;
use crate::run::{Actor, Refusal, RunId};
use crate::runbook::{Id, Runbook, Value};
use crate::server::clock::now_ms;
use crate::server::evidence;
use crate::server::store::AppendError;
use crate::server::target::{self, Target};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody asks for.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRun {
    /// Made by the page or the caller, 1 to 64 characters; with the same id a person starts one run and no second one.
    #[serde(default)]
    pub command_id: Option<String>,
    /// Slug of the runbook.
    pub runbook: Id,
    pub target: Id,
    /// As text; an empty or missing one is sampled from the target or taken from the runbook's default.
    #[serde(default)]
    pub parameters: BTreeMap<Id, String>,
    #[serde(default = "step_by_step")]
    pub pace: Pace,
    /// Why the run is started although the preflight fails; a start whose preflight fails is refused without it.
    #[serde(default)]
    pub despite: String,
}

fn step_by_step() -> Pace {
    Pace::StepByStep
}

impl Console {
    /// # Errors
    /// A refusal (no permission, a live run on the target, a wrong parameter), an unknown runbook or target, or a target that
    /// does not answer.
    pub async fn start(&self, ask: StartRun, actor: &Actor) -> Result<RunId, Problem> {
        let command_id = ask.command_id.as_deref();
        let run = command_id.map_or_else(RunId::random, |id| RunId::of_command(id, &actor.name));
        if self.is_started(&run).await? {
            return Ok(run);
        }
        let loaded =
            self.runbooks().find(&ask.runbook).map_err(|error| Problem::Internal(error.to_string()))?;
        let loaded =
            loaded.ok_or_else(|| Problem::NotFound(format!("There is no runbook `{}`.", ask.runbook)))?;
        let target = self.targets().get(&ask.target);
        let target =
            target.ok_or_else(|| Problem::NotFound(format!("There is no target `{}`.", ask.target)))?;
        let live = self.live_on(&ask.target).await?;
        let facts = target::facts(target).await.map_err(|error| silent(&ask.target, &error.to_string()))?;
        let parameters = parameters(&loaded.runbook, target, &ask.parameters).await?;
        let preflight = self.preflight_for_start(&loaded, target, &facts, &ask.despite).await?;
        let start = Start {
            run: run.clone(),
            command_id: ask.command_id.clone(),
            runbook: loaded.runbook,
            runbook_sha256: loaded.sha256,
            target: facts,
            parameters,
            pace: ask.pace,
            preflight: Some(preflight),
        };
        let bodies = decide_start(&start, live.as_ref(), actor)?;
        let id = |seq| start.command_id.clone().filter(|_| seq == 1);
        let events: Vec<Event> = bodies
            .into_iter()
            .zip(1..)
            .map(|(body, seq)| Event::seal(NO_HASH, seq, now_ms(), &actor.name, id(seq), Body::Known(body)))
            .collect();
        self.keep_runbook(&run, &loaded.text).await?;
        match self.store().append(&run, &events).await {
            Ok(()) => {}
            Err(AppendError::TargetTaken) => return self.outrun(&start, actor).await,
            Err(error) => return Err(error.into()),
        }
        if let Some(cell) = Cell::of(events) {
            self.0.cells.keep(&run, cell);
        }
        self.changed(&run);
        self.look_at_window(&run).await?;
        Ok(run)
    }

    /// Beside the run's attempts, as evidence: the file that it was read from will change.
    async fn keep_runbook(&self, run: &RunId, text: &str) -> Result<(), Problem> {
        let folder = self.state_dir().join("runs").join(run.as_str());
        let kept = async {
            tokio::fs::create_dir_all(&folder).await?;
            tokio::fs::write(folder.join(evidence::RUNBOOK), text).await
        };
        kept.await.map_err(|error| {
            let what =
                format!("the runbook cannot be kept in {}: {error}; nothing was started", folder.display());
            Problem::Internal(what)
        })
    }

    /// Whether the command of this run's start was carried out before.
    async fn is_started(&self, run: &RunId) -> Result<bool, Problem> {
        match self.state(run).await {
            Ok(state) => Ok(decide_again(&state).map(|()| true)?),
            Err(Problem::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Somebody was first while this was being decided: the same command, as by a double click, or another one.
    async fn outrun(&self, start: &Start, actor: &Actor) -> Result<RunId, Problem> {
        if self.is_started(&start.run).await? {
            return Ok(start.run.clone());
        }
        let live = self.live_on(&start.target.name).await?;
        decide_start(start, live.as_ref(), actor)?;
        let why = format!("A run on {} began and ended at the same moment.", start.target.name);
        Err(Refusal::new(Code::AlreadyDone, why, "Look at that run first, then start again.").into())
    }

    async fn live_on(&self, target: &Id) -> Result<Option<LiveRun>, Problem> {
        let live = self.store().live_run(target.as_str()).await?;
        Ok(live.map(|live| LiveRun {
            run: live.run,
            title: live.title,
            started_by: live.started_by,
            started_at: live.started_at,
        }))
    }
}

/// Given, else sampled from the target, else by default; a parameter that has none of them is missed by `decide_start`.
async fn parameters(
    runbook: &Runbook,
    target: &Target,
    given: &BTreeMap<Id, String>,
) -> Result<BTreeMap<Id, Value>, Problem> {
    let mut values: BTreeMap<Id, Value> = given
        .iter()
        .filter(|(name, _)| !runbook.parameters.contains_key(*name))
        .map(|(name, text)| (name.clone(), Value::Text(text.clone())))
        .collect();
    for (name, parameter) in &runbook.parameters {
        let given = given.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let value = match (given, &parameter.sample) {
            (Some(text), _) => Some(Value::read(parameter.kind, text)),
            (None, Some(sample)) => {
                target::sample(target, parameter.kind, sample).await.map_err(|error| {
                    let why = format!("The parameter \"{}\" could not be sampled: {error}.", parameter.title);
                    Refusal::new(Code::Invalid, why, "Give a value yourself, or look at the target.")
                })?
            }
            (None, None) => None,
        };
        if let Some(value) = value.or_else(|| parameter.default.clone()) {
            values.insert(name.clone(), value);
        }
    }
    Ok(values)
}

fn silent(target: &Id, error: &str) -> Problem {
    let why = format!("The target {target} does not answer: {error}.");
    Refusal::new(Code::NotNow, why, "Look at the targets page; nothing was started.").into()
}
