//! `kneeboard run ...`: the same commands and refusals as the page, straight on the state, with or without a server.

use super::serve::{Driving, Places};
use crate::run::event::{Body, Known, Pace};
use crate::run::state::RunState;
use crate::run::{Actor, Command, Envelope, Proof, RunId};
use crate::runbook::{How, Id};
use crate::server::auth::{Auth, PersonName};
use crate::server::clock::now_ms;
use crate::server::console::{Console, StartRun};
use crate::server::executor::{Executor, GRACE};
use crate::server::shim::launch::Launcher;
use crate::text::clock;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use tokio::sync::mpsc::UnboundedReceiver;

#[derive(Args, Debug)]
pub struct Run {
    #[command(flatten)]
    places: Places,
    /// JSON instead of words
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Starts a run; its steps are run by the server
    Start {
        /// Slug of the runbook
        runbook: Id,
        #[arg(long)]
        target: Id,
        /// NAME=VALUE, as often as needed
        #[arg(long = "param", value_parser = pair)]
        parameters: Vec<(Id, String)>,
        /// Goes on by itself to the next gate, failure or inconclusive verdict
        #[arg(long)]
        go_on: bool,
        /// Why the run is started although the preflight fails
        #[arg(long, value_name = "REASON", default_value = "")]
        despite: String,
        #[command(flatten)]
        who: Who,
    },
    /// Where a run stands
    Status { run: RunId },
    /// The events of a run as they come, until it ends
    Watch { run: RunId },
    /// Cancels the live attempt: SIGINT first, SIGKILL at last
    Cancel {
        run: RunId,
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
    /// Takes the controls over from whoever has them
    TakeControls {
        run: RunId,
        /// Why you do not wait to be handed them
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
    /// Has one index put right, by a step of its own
    Remedy {
        run: RunId,
        #[arg(long)]
        index: String,
        #[arg(long, value_enum)]
        how: How,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        who: Who,
    },
}

#[derive(Args, Debug)]
pub struct Who {
    /// The person that acts: one that `kneeboard user add` has made
    #[arg(long = "as", value_name = "NAME", env = "KNEEBOARD_PERSON")]
    person: String,
}

fn pair(text: &str) -> Result<(Id, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((Id::parse(name).map_err(|error| error.to_string())?, value.to_owned()))
}

pub async fn run(options: Run) -> anyhow::Result<()> {
    let (console, changes) = options.places.open().await?;
    let json = options.json;
    match options.action {
        Action::Start { runbook, target, parameters, go_on, despite, who } => {
            let actor = who.actor(&console).await?;
            let pace = if go_on { Pace::Continue } else { Pace::StepByStep };
            let parameters = parameters.into_iter().collect();
            let ask = StartRun { command_id: None, runbook, target, parameters, pace, despite };
            let run = console.start(ask, &actor).await?;
            say(json, &serde_json::json!({ "id": run }), &format!("started {run}"));
        }
        Action::Status { run } => status(json, &*console.state(&run).await?),
        Action::Watch { run } => watch(&console, &run, json).await?,
        Action::Cancel { run, reason, who } => {
            let actor = who.actor(&console).await?;
            let state = console.state(&run).await?;
            let Some(live) = state.live_attempt() else { bail!("nothing runs: there is nothing to cancel") };
            let command = Command::Cancel { step: live.step.clone(), reason };
            command_and_see(&console, changes, &run, command, &actor, json).await?;
        }
        Action::TakeControls { run, reason, who } => {
            let actor = who.actor(&console).await?;
            command_and_see(&console, changes, &run, Command::TakeControls { reason }, &actor, json).await?;
        }
        Action::Remedy { run, index, how, reason, who } => {
            let actor = who.actor(&console).await?;
            let command = Command::Remedy { index, how, reason };
            command_and_see(&console, changes, &run, command, &actor, json).await?;
        }
    }
    Ok(())
}

impl Who {
    pub fn named(person: String) -> Self {
        Self { person }
    }

    /// # Errors
    /// There is no such person.
    pub async fn actor(&self, console: &Console) -> anyhow::Result<Actor> {
        let name = PersonName::parse(&self.person)?;
        let found = Auth::new(console.store().pool()).people.actor(&name).await?;
        let found = found.with_context(|| {
            format!("there is no person {}: make one with kneeboard user add", self.person)
        })?;
        Ok(Actor { proof: Proof::Terminal, ..found })
    }
}

/// Gives the command; where no server drives the runs, drives this one until nothing of it is live.
pub async fn command_and_see(
    console: &Console,
    changes: UnboundedReceiver<RunId>,
    run: &RunId,
    command: Command,
    actor: &Actor,
    json: bool,
) -> anyhow::Result<()> {
    let expected_seq = console.state(run).await?.seq;
    let command_id = uuid::Uuid::new_v4().simple().to_string();
    let driving = Driving::take(console.state_dir())?;
    console.command(run, Envelope { command_id, expected_seq, command }, actor).await?;
    if driving.is_some() {
        let executor = Executor::new(console.clone(), Launcher::current(), GRACE);
        let driven = tokio::spawn(executor.run(changes));
        let mut bell = console.bell(run).await?;
        while console.state(run).await?.live_attempt().is_some() {
            bell.changed().await?;
        }
        driven.abort();
    }
    status(json, &*console.state(run).await?);
    Ok(())
}

async fn watch(console: &Console, run: &RunId, json: bool) -> anyhow::Result<()> {
    let mut bell = console.bell(run).await?;
    tokio::spawn(console.clone().watch_store());
    let mut seen = 0;
    loop {
        for event in console.events(run, seen, usize::MAX).await? {
            seen = event.seq;
            match (json, &event.body) {
                (true, _) => println!("{}", serde_json::to_string(&event)?),
                (false, Body::Known(Known::RunStarted { runbook, target, .. })) => {
                    println!(
                        "{} {} started {} on {}",
                        clock::time_of_day(event.at),
                        event.actor,
                        runbook.title,
                        target.name
                    );
                }
                (false, body) => {
                    println!(
                        "{} {} {}",
                        clock::time_of_day(event.at),
                        event.actor,
                        serde_json::to_string(body)?
                    );
                }
            }
        }
        if console.state(run).await?.ended.is_some() {
            return Ok(());
        }
        bell.changed().await?;
    }
}

fn status(json: bool, state: &RunState) {
    if json {
        say(true, &serde_json::json!(state), "");
        return;
    }
    println!("{} on {} ({})", state.runbook.title, state.target.name, state.target.environment);
    for (phase, step) in state.runbook.steps() {
        println!("  {:<12} {:<14} {}", phase.id, state.step_status(&step.id).word(), step.title);
    }
    if state.ended.is_none() {
        println!(
            "controls: {} since {} UTC",
            state.controls.pilot.who,
            clock::time_utc(state.controls.pilot.at)
        );
    }
    if let Some(budget) = state.live_attempt().and_then(|live| state.budget(live, now_ms())) {
        println!("running: {}", budget.sentence());
    }
    match (&state.ended, state.current_phase()) {
        (Some(ended), _) => println!("ended: {} by {}", ended.ending.word(), ended.by.who),
        (None, Some(phase)) => println!("now: {}: {}", phase.title, state.gate_lacks(phase)),
        (None, None) => println!("now: every gate is open"),
    }
}

fn say(json: bool, value: &serde_json::Value, words: &str) {
    if json { println!("{value}") } else { println!("{words}") }
}
