//! `kneeboard rollback RUN --path P`: the way back without the page and without the server, by the same rules; or as lines to paste.

use super::run::{Who, command_and_see};
use super::serve::Places;
use crate::run::challenge::Challenge;
use crate::run::{Actor, Command, RunId, RunState, readiness::Open};
use crate::runbook::Id;
use crate::server::auth::Secret;
use crate::server::executor::by_hand;
use anyhow::bail;
use clap::Args;

#[derive(Args, Debug)]
pub struct Rollback {
    #[command(flatten)]
    places: Places,
    /// Its id, as the address of its page has it
    run: RunId,
    /// Which way back; without it all are shown
    #[arg(long)]
    path: Option<Id>,
    /// Prints the commands for a shell and runs nothing
    #[arg(long, requires = "path")]
    print: bool,
    #[arg(long, default_value = "")]
    reason: String,
    /// The name of the target's database
    #[arg(long, default_value = "")]
    confirm: String,
    /// How many rows written since the backup are given up, where the way back loses them, or `unknown`
    #[arg(long, default_value = "")]
    rows: String,
    /// JSON instead of words
    #[arg(long)]
    json: bool,
    /// The person that acts: one that `kneeboard user add` has made
    #[arg(long = "as", value_name = "NAME", env = "KNEEBOARD_PERSON")]
    person: Option<String>,
}

pub async fn rollback(options: Rollback) -> anyhow::Result<()> {
    let Rollback { places, run, path, print, reason, confirm, rows, json, person } = options;
    let (console, changes) = places.open().await?;
    let state = console.state(&run).await?;
    let Some(path) = path else {
        let mut state = RunState::clone(&state);
        if let Some(reading) = console.glance(&state).await {
            state.read(reading);
        }
        show(&state);
        return Ok(());
    };
    if print {
        print!("{}", by_hand::script(&console, &state, &path).map_err(anyhow::Error::msg)?);
        return Ok(());
    }
    let Some(person) = person else {
        bail!("say who you are: --as NAME, a person that kneeboard user add has made")
    };
    // Whoever sits at the console's own terminal has a screen there.
    let screen = Some(Secret::random("")?.reveal().to_owned());
    let actor = Actor { screen, ..Who::named(person).actor(&console).await? };
    let shown = as_second_person(&state, &path, &actor)?;
    let command = Command::RollBack { path, reason, confirm, rows, shown };
    command_and_see(&console, changes, &run, command, &actor, json).await
}

/// Shows the second person of a production target their value and asks for it; empty for everybody else.
fn as_second_person(state: &RunState, path: &Id, actor: &Actor) -> anyhow::Result<String> {
    let asked = state.asked_back.as_ref().filter(|asked| asked.path == *path && asked.by.who != actor.name);
    let Some(Challenge::Shown(value)) = asked.map(|asked| state.challenge(actor, asked.seq)) else {
        return Ok(String::new());
    };
    eprint!(
        "{} asked for this way back. As the second person, type {value}: ",
        asked.map_or("", |asked| &asked.by.who)
    );
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    Ok(typed)
}

/// Every way back as it stands now.
fn show(state: &RunState) {
    for path in &state.runbook.rollback {
        let (word, why) = match state.open(path) {
            Open::Yes => ("open", String::new()),
            Open::No { why, hint } => ("closed", format!("{why}. {hint}")),
            Open::Unseen(why) => ("cannot see", why),
        };
        println!("{:<16} {word:<12} {}", path.id.as_str(), path.title);
        if !why.is_empty() {
            println!("{:<16} {why}", "");
        }
        println!("{:<16} loses: {}", "", path.loses);
        if let Some(loss) = state.written_since_backup().filter(|_| path.loses_writes) {
            println!("{:<16} rows written since the backup: {}", "", loss.typed());
        }
        println!("{:<16} {}", "", state.takes(path));
    }
}
