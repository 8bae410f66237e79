//! Starting a run.

use super::{Decision, operator};
use crate::run::event::{Known, Pace};
use crate::run::reading::TargetFacts;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, Ms, RunId};
use crate::runbook::{Id, ParameterType, Runbook, Value};
use crate::text::clock;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that is known when somebody asks for a run.
#[derive(Clone, Debug)]
pub struct Start {
    pub run: RunId,
    pub runbook: Arc<Runbook>,
    pub runbook_sha256: String,
    pub target: TargetFacts,
    /// Given by the operator, sampled from the target or by default, in that order.
    pub parameters: BTreeMap<Id, Value>,
    pub pace: Pace,
}

/// The run that a target has already.
#[derive(Clone, Debug)]
pub struct LiveRun {
    pub run: RunId,
    pub title: String,
    pub started_by: String,
    pub started_at: Ms,
}

pub fn decide_start(start: &Start, live: Option<&LiveRun>, actor: &Actor) -> Decision {
    operator(actor)?;
    if let Some(live) = live {
        let why = format!(
            "{} has a live run already: {} ({}), started by {} at {}.",
            start.target.name,
            live.title,
            live.run.short(),
            live.started_by,
            clock::date_and_time(live.started_at)
        );
        return Err(Refusal::new(Code::AlreadyDone, why, "End that run first: one target has one live run."));
    }
    if let Some(name) = start.parameters.keys().find(|name| !start.runbook.parameters.contains_key(name)) {
        let why = format!("The runbook has no parameter `{name}`.");
        return Err(Refusal::new(Code::Invalid, why, "Leave it out."));
    }
    for (name, parameter) in &start.runbook.parameters {
        let Some(value) = start.parameters.get(name) else {
            let why = format!("The parameter \"{}\" ({name}) has no value.", parameter.title);
            return Err(Refusal::new(
                Code::Invalid,
                why,
                "Give one: the runbook neither has a default nor could sample it.",
            ));
        };
        if let Some(expected) = misfit(parameter.kind, value) {
            let why = format!(
                "The parameter \"{}\" ({name}): expected {expected}, came {}.",
                parameter.title,
                shown(value)
            );
            return Err(Refusal::new(Code::Invalid, why, "Correct it and start again."));
        }
    }
    Ok(vec![Known::RunStarted {
        run: start.run.clone(),
        runbook: Arc::clone(&start.runbook),
        runbook_sha256: start.runbook_sha256.clone(),
        target: start.target.clone(),
        parameters: start.parameters.clone(),
        pace: start.pace,
    }])
}

/// What was expected, where the value is not of the type.
fn misfit(kind: ParameterType, value: &Value) -> Option<&'static str> {
    let (fits, expected) = match (kind, value) {
        (ParameterType::Text, Value::Text(text)) => (text.len() <= 1_000, "a text of at most 1,000 bytes"),
        (ParameterType::Text, _) => (false, "a text"),
        (ParameterType::Integer, value) => (matches!(value, Value::Integer(_)), "a whole number"),
        (ParameterType::Number, value) => (matches!(value, Value::Integer(_) | Value::Number(_)), "a number"),
        (ParameterType::Boolean, value) => (matches!(value, Value::Boolean(_)), "true or false"),
        (ParameterType::Uuid, Value::Text(text)) => (uuid::Uuid::parse_str(text).is_ok(), "a uuid"),
        (ParameterType::Uuid, _) => (false, "a uuid"),
        (ParameterType::Timestamp, Value::Text(text)) => (
            text.len() <= 40 && text.starts_with(|c: char| c.is_ascii_digit()),
            "a timestamp such as 2025-08-20 01:30:00",
        ),
        (ParameterType::Timestamp, _) => (false, "a timestamp such as 2025-08-20 01:30:00"),
    };
    (!fits).then_some(expected)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Text(value) => format!("\"{}\"", value.chars().take(80).collect::<String>()),
    }
}

impl Value {
    /// The value that a person wrote into a form field or on a command line; text where it does not read as the type, which
    /// `decide_start` then refuses with a sentence.
    pub fn read(kind: ParameterType, text: &str) -> Self {
        let text = text.trim();
        let read = match kind {
            ParameterType::Integer => text.replace([',', '_'], "").parse().map(Self::Integer).ok(),
            ParameterType::Number => text.parse().map(Self::Number).ok(),
            ParameterType::Boolean => text.parse().map(Self::Boolean).ok(),
            ParameterType::Text | ParameterType::Uuid | ParameterType::Timestamp => None,
        };
        read.unwrap_or_else(|| Self::Text(text.to_owned()))
    }
}
