//! `kneeboard verify`: whether a run is still as it was written, in the state or in an evidence pack.

use super::print;
use super::serve::Data;
use crate::evidence::Checked;
use crate::run::RunId;
use crate::server::evidence::{PublicKey, Stored, check_pack, check_stored};
use crate::text::size;
use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub struct Verify {
    #[command(flatten)]
    places: Data,
    /// An evidence pack, which needs no state, or the id of a run; without either, every run in the state
    what: Option<PathBuf>,
    /// The public key of the console that is to have signed the pack: its digits, or a file in PEM
    #[arg(long)]
    key: Option<String>,
    /// JSON instead of words
    #[arg(long)]
    json: bool,
}

/// What was checked, and what came of it.
#[derive(Serialize)]
struct Answer {
    what: String,
    /// The key that has signed the pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(flatten)]
    checked: Checked,
}

/// # Errors
/// Somebody has changed something, or it cannot be read.
pub async fn verify(options: Verify) -> anyhow::Result<()> {
    let Verify { places, what, key, json } = options;
    let key = key.map(|key| PublicKey::given(&key)).transpose()?;
    let run = what.as_ref().and_then(|what| what.to_str()?.parse::<RunId>().ok());
    let answers = match (what, run) {
        (Some(file), None) => vec![of_pack(&file, key)?],
        (_, run) => in_state(&places, run).await?,
    };
    if json {
        print::json(&answers)?;
    } else {
        answers.iter().for_each(|answer| say(answer, key.is_some()));
    }
    match answers.iter().filter(|answer| !answer.checked.good()).count() {
        0 => Ok(()),
        bad => bail!("{bad} of {} not as the console wrote them", answers.len()),
    }
}

fn of_pack(file: &Path, key: Option<PublicKey>) -> anyhow::Result<Answer> {
    let what = file.display().to_string();
    let checked = check_pack(file, key);
    let (checked, key) =
        checked.with_context(|| format!("{what} is no run's id, and no file that can be read"))?;
    Ok(Answer { what, key: key.map(|key| key.to_string()), checked })
}

async fn in_state(places: &Data, run: Option<RunId>) -> anyhow::Result<Vec<Answer>> {
    let (store, data) = places.open().await?;
    let runs = match run {
        Some(run) => vec![run],
        None => store.all_runs().await?,
    };
    let mut answers = Vec::with_capacity(runs.len());
    for run in runs {
        let Some(stored) = Stored::read(&store, &run).await? else { bail!("there is no run {run}") };
        let data = data.clone();
        let (checked, _) = tokio::task::spawn_blocking(move || check_stored(&stored, &data)).await?;
        answers.push(Answer { what: format!("run {run}"), key: None, checked });
    }
    Ok(answers)
}

fn say(answer: &Answer, key_given: bool) {
    let Answer { what, key, checked } = answer;
    let word = if checked.good() { "good" } else { "CHANGED" };
    println!("{what}: {word}");
    for finding in &checked.findings {
        println!("  {}: {}", finding.place, finding.what);
    }
    println!(
        "  {} events, {} files of attempts with {}",
        checked.events,
        checked.files,
        size::bytes(checked.bytes)
    );
    if let Some(head) = &checked.head {
        println!("  the last event's hash: {head}");
    }
    match key {
        Some(key) if key_given => println!("  signed with the key you gave, {key}"),
        Some(key) => println!(
            "  signed with the key {key}\n  Nobody can say whose that is but the people who run the console: ask them, and give it with --key."
        ),
        None => {}
    }
    for remark in &checked.remarks {
        println!("  not checked: {remark}");
    }
}
