//! `kneeboard evidence`: a run as a zip that anybody can check, and the key that it is signed with.

use super::serve::Data;
use crate::run::RunId;
use crate::server::evidence::{Key, pack};
use anyhow::Context;
use clap::Subcommand;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Pack events, logs, plans, runbook and signatures of a run, signed by this console
    Pack {
        /// Its id, as the address of its page has it
        run: RunId,
        /// Where to; it must not be there yet
        #[arg(long)]
        to: PathBuf,
    },
    /// Print the public key of this console, to be given to those who check its packs
    Key {
        /// As a PEM file, for openssl
        #[arg(long)]
        pem: bool,
    },
}

/// # Errors
/// A sentence for standard error.
pub async fn run(places: Data, command: EvidenceCommand) -> anyhow::Result<()> {
    let (store, data) = places.open().await?;
    match command {
        EvidenceCommand::Key { pem } => {
            let key = Key::of(&data)?.public();
            if pem { print!("{}", key.pem()) } else { println!("{key}") }
        }
        EvidenceCommand::Pack { run, to } => {
            let name = to.display();
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&to);
            let mut file = file.with_context(|| format!("{name} cannot be made"))?;
            let copied = match pack(&store, &data, &run).await {
                Ok(mut pack) => std::io::copy(&mut pack, &mut file)
                    .and_then(|_| file.sync_all())
                    .with_context(|| format!("{name} cannot be written")),
                Err(error) => Err(error.into()),
            };
            if copied.is_err() {
                // A part of a pack is none.
                let _ = std::fs::remove_file(&to);
            }
            copied?;
            eprintln!("{name} holds the run {run}. Check it with `kneeboard verify {name}`.");
        }
    }
    Ok(())
}
