//! What an attempt of a step has left: a part of its output, and its result.

use super::Trouble;
use crate::run::RunId;
use crate::run::choice::Look;
use crate::run::result::StepResult;
use crate::runbook::Id;
use crate::text::lines::Chunk;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepPage {
    pub step: Id,
    pub attempt: u32,
    /// None while nothing of the attempt has begun.
    pub log: Option<LogPart>,
    /// What the console's own steps leave besides their output.
    pub result: Option<StepResult>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogPart {
    /// The lines, in whole.
    pub chunk: Chunk,
    /// Length of the whole log in bytes, when this was read.
    pub length: u64,
    /// The chunk is the beginning of a single line that is longer than a page: its whole length in bytes.
    pub long: Option<u64>,
    /// Instead of the chunk, where a text was looked for.
    pub found: Option<Found>,
}

/// Lines that hold a text, in order of arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// Looking stopped before this offset, because it found or read enough; none at the end of the log.
    pub next: Option<u64>,
}

/// A line that holds the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Offset of its first byte.
    pub from: u64,
    /// Offset behind its newline.
    pub to: u64,
    /// As it was written, with its escape sequences.
    pub text: String,
}

/// The lines that are looked at, and the result.
#[server(prefix = "/api/ui", endpoint = "step", input = GetUrl)]
pub async fn read_step(
    run: RunId,
    step: Id,
    attempt: u32,
    // A query cannot carry a look at nothing in particular.
    #[server(default)] look: Look,
) -> Result<StepPage, Trouble> {
    use super::attempt::of_attempt;
    use super::caller::{caller, problem};
    use crate::server::console::Problem;

    let (console, _) = caller()?;
    let state = console.state(&run).await.map_err(problem)?;
    let known = state.attempts.iter().find(|known| known.step == step && known.number == attempt);
    let none =
        || problem(Problem::NotFound(format!("This run has no attempt {attempt} of the step {step}.")));
    of_attempt(&console, &run, known.ok_or_else(none)?, &look).await
}
