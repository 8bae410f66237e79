//! `kneeboard notify`: tries a receiver, and lists what waits for one or was given up. The server delivers; this delivers nothing else.

use super::{print, serve};
use crate::runbook::Id;
use crate::server::clock::now_ms;
use crate::server::notify::{Came, Message, Notify, Receivers, Row};
use crate::text::clock;
use anyhow::{Context, bail};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum NotifyCommand {
    /// Sends a test to a receiver now, once, and says what came back; exit code 1 where it was not taken
    Test {
        /// The file of receivers
        #[arg(long = "notify", env = "KNEEBOARD_NOTIFY", value_name = "FILE")]
        file: PathBuf,
        receiver: Id,
    },
    /// Lists what waits to be delivered and what was given up
    List {
        #[command(flatten)]
        state: serve::State,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// # Errors
/// A sentence for standard error.
pub async fn run(command: NotifyCommand) -> anyhow::Result<()> {
    match command {
        NotifyCommand::Test { file, receiver } => {
            let receivers = serve::receivers(&file)?;
            let found = receivers.get(&receiver).with_context(|| {
                let names: Vec<&str> = receivers.iter().map(|receiver| receiver.name.as_str()).collect();
                format!("{} names no receiver {receiver}; it names {}", file.display(), names.join(", "))
            })?;
            let id = uuid::Uuid::new_v4().simple().to_string();
            match found.send(&Message::test(&receiver, &id, now_ms())).await {
                Came::Taken(answer) => println!("{receiver} took it: {answer}"),
                Came::Failed(failure) => bail!("{receiver} did not take it: {}", failure.why),
            }
        }
        NotifyCommand::List { state, json } => {
            let store = state.open().await?;
            let board = Notify::new(&store, Receivers::default()).board(None).await?;
            if json {
                return print::json(&board);
            }
            let rows: Vec<_> = board.waiting.iter().chain(&board.given_up).map(cells).collect();
            print::table(["HAPPENED", "RUN", "RECEIVER", "WHAT", "STANDS"], &rows);
        }
    }
    Ok(())
}

fn cells(row: &Row) -> [String; 5] {
    let run = row.run.short().to_owned();
    [clock::date_and_time(row.at), run, row.receiver.clone(), row.title.clone(), row.stands()]
}
