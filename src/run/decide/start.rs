//! Starting a run.

use super::{Decision, command_id, may_say, operator};
use crate::run::event::{Known, Pace, Preflight};
use crate::run::reading::TargetFacts;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, Ms, RunId, RunState};
use crate::runbook::{Id, ParameterType, Runbook, Value};
use crate::text::clock;
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that is known when somebody asks for a run.
#[derive(Clone, Debug)]
pub struct Start {
    pub run: RunId,
    pub command_id: Option<String>,
    pub runbook: Arc<Runbook>,
    pub runbook_sha256: String,
    pub target: TargetFacts,
    /// Given by the operator, sampled from the target or by default, in that order.
    pub parameters: BTreeMap<Id, Value>,
    pub pace: Pace,
    /// What the preflight says; with the operator's reason to start all the same, if there is one.
    pub preflight: Option<Preflight>,
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
    operator(&actor.at(&start.target.name, &start.target.environment))?;
    start.command_id.as_deref().map_or(Ok(()), command_id)?;
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
    let preflight =
        start.preflight.as_ref().map(|preflight| cleared(start, preflight)).transpose()?.map(Box::new);
    Ok(vec![Known::RunStarted {
        run: start.run.clone(),
        runbook: Arc::clone(&start.runbook),
        runbook_sha256: start.runbook_sha256.clone(),
        target: start.target.clone(),
        parameters: start.parameters.clone(),
        pace: start.pace,
        preflight,
    }])
}

/// Whether this person may have a preflight made: it starts programs, so looking at one takes less.
pub fn may_compile(actor: &Actor, target: &Id, environment: &str) -> Result<(), Refusal> {
    operator(&actor.at(target, environment))
}

/// A preflight that fails refuses the start, but a person can overrule it: it is a machine's reading, which may be wrong, and the night on
/// which something must be mended at once is the wrong one to be kept out by it. The reason is kept with the run, where those who sign
/// see it. What could not be looked at refuses nothing: probes and gates ask again.
fn cleared(start: &Start, preflight: &Preflight) -> Result<Preflight, Refusal> {
    if preflight.verdict != Verdict::Fail {
        return Ok(Preflight { despite: None, ..preflight.clone() });
    }
    let despite = may_say("the reason", preflight.despite.as_deref().unwrap_or_default())?;
    if !despite.is_empty() {
        return Ok(Preflight { despite: Some(despite), ..preflight.clone() });
    }
    let worst = preflight.worst.as_ref().map(|worst| format!(" The worst: {worst}")).unwrap_or_default();
    let (title, target) = (&start.runbook.title, &start.target.name);
    let why = format!("The preflight of {title} on {target} fails: {}.{worst}", preflight.sentence);
    let hint = "Look at the preflight and mend what it names; or write why the run is to be started all the same: that is kept with the run.";
    Err(Refusal::new(Code::NotNow, why, hint))
}

/// The command that started this run has come again, as by a double click: it leads to the run as long as that lives.
pub fn decide_again(started: &RunState) -> Result<(), Refusal> {
    let Some(ended) = &started.ended else { return Ok(()) };
    let by = &started.started;
    let why = format!(
        "This was done already, by {} at {}, and that run has ended: {}.",
        by.who,
        clock::date_and_time(by.at),
        ended.ending.word()
    );
    Err(Refusal::new(Code::AlreadyDone, why, "Reload the page to start another run."))
}

/// What was expected, where the value is not of the type.
pub fn misfit(kind: ParameterType, value: &Value) -> Option<&'static str> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Permission;
    use crate::run::tests::{actor, state};

    fn start(verdict: Verdict, despite: &str) -> Decision {
        let state = state([]);
        let preflight = Preflight {
            verdict,
            sentence: "2 failures".into(),
            worst: Some("step dump, line 7: It is older than the server.".into()),
            despite: Some(despite.into()),
        };
        let start = Start {
            run: state.run,
            command_id: None,
            runbook: state.runbook,
            runbook_sha256: state.runbook_sha256,
            target: state.target,
            parameters: BTreeMap::new(),
            pace: Pace::StepByStep,
            preflight: Some(preflight),
        };
        decide_start(&start, None, &actor("ann", &[Permission::Operator]))
    }

    fn kept(decision: Decision) -> Option<String> {
        match decision.unwrap().remove(0) {
            Known::RunStarted { preflight, .. } => preflight.unwrap().despite,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_preflight_that_fails_refuses_the_start_and_names_the_worst() {
        let refusal = start(Verdict::Fail, " ").unwrap_err();
        assert_eq!(refusal.code, Code::NotNow);
        assert!(
            refusal
                .why
                .ends_with("fails: 2 failures. The worst: step dump, line 7: It is older than the server."),
            "{}",
            refusal.why
        );
    }

    #[test]
    fn a_reason_overrules_it_and_is_kept() {
        assert_eq!(
            kept(start(Verdict::Fail, " The dump is not needed tonight. ")).as_deref(),
            Some("The dump is not needed tonight.")
        );
        assert!(start(Verdict::Fail, &"x".repeat(5_000)).is_err());
    }

    #[test]
    fn what_could_not_be_looked_at_refuses_nothing() {
        assert_eq!(kept(start(Verdict::Inconclusive, "")), None);
        assert_eq!(kept(start(Verdict::Pass, "a reason for nothing")), None);
    }
}
