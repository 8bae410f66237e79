//! What the API answers with, beyond the types of the run itself.

use crate::aftercare::Report;
use crate::aftercare::concerns::Concern;
use crate::run::event::{Ending, Pace};
use crate::run::ledger::Entry;
use crate::run::{Command, Ms, RunId, RunState, Seq};
use crate::runbook::{Id, Parameter, Phase, PhaseKind};
use crate::server::clock::now_ms;
use crate::server::console::Loaded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A person's command with what makes it safe to send twice or late, and with what shows who sends it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Envelope")]
pub struct Asked {
    /// Made by the caller; the same id is carried out once.
    pub command_id: String,
    /// The last event that the sender had seen.
    pub expected_seq: Seq,
    pub command: Command,
    /// The six digits of a second factor, where the target asks for them and the sender is a browser's session.
    #[serde(default)]
    pub code: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct RunbookList {
    pub runbooks: Vec<RunbookEntry>,
    pub broken: Vec<BrokenFile>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct RunbookEntry {
    pub slug: Id,
    pub title: String,
    pub summary: String,
    /// Of the file's content: which version it is.
    pub sha256: String,
    pub parameters: BTreeMap<Id, Parameter>,
}

/// A file in the folder of runbooks that is none.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BrokenFile {
    pub file: String,
    /// Each as `file:line:column: what was expected, what came`.
    pub mistakes: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TargetEntry {
    pub name: Id,
    pub environment: String,
    /// The one run that is live on it.
    pub live_run: Option<RunId>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Started {
    pub id: RunId,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Done {
    /// Of the last event that the command left: what a next command has to expect.
    pub seq: Seq,
}

/// A run: first what programs ask most, in words, then its whole state.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunDocument {
    pub id: RunId,
    pub runbook: Id,
    pub title: String,
    pub target: Id,
    pub environment: String,
    pub started_by: String,
    pub started_at: Ms,
    pub pace: Pace,
    /// Of the last event.
    pub seq: Seq,
    /// None while the run is live.
    pub ending: Option<Ending>,
    pub live_attempt: Option<AttemptName>,
    /// The next step to start, if any.
    pub next_step: Option<Id>,
    /// Why the next step cannot start yet, in words.
    pub next_step_waits_for: Option<String>,
    pub phases: Vec<PhaseDocument>,
    /// What the document promises beside what this run has measured.
    pub claims: Vec<Entry>,
    /// The state as the pages have it: folded from the events.
    #[schemars(with = "Map<String, Value>")]
    pub state: Arc<RunState>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AttemptName {
    pub step: Id,
    pub attempt: u32,
    /// While it runs, where it was rehearsed: how it stands against that, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct PhaseDocument {
    pub id: Id,
    pub title: String,
    pub kind: PhaseKind,
    pub gate_open: bool,
    /// What keeps the gate closed, in words; empty when it is open.
    pub gate_lacks: String,
    pub items: Vec<PartDocument>,
    pub steps: Vec<PartDocument>,
}

/// A line or a step.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PartDocument {
    pub id: Id,
    pub title: String,
    /// The word that pages show, such as `open`, `passed`, `running`, `succeeded`.
    pub status: &'static str,
}

/// What is worth a word, the worst first, and the figures behind it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AftercareDocument {
    pub concerns: Vec<Concern>,
    #[serde(flatten)]
    pub report: Report,
}

impl RunbookEntry {
    pub fn of(loaded: &Loaded) -> Self {
        let runbook = &loaded.runbook;
        Self {
            slug: runbook.slug.clone(),
            title: runbook.title.clone(),
            summary: runbook.summary.clone(),
            sha256: loaded.sha256.clone(),
            parameters: runbook.parameters.clone(),
        }
    }
}

impl RunDocument {
    pub fn of(state: Arc<RunState>) -> Self {
        let next = if state.ended.is_none() { state.next_step() } else { None };
        let live = state.live_attempt();
        Self {
            id: state.run.clone(),
            runbook: state.runbook.slug.clone(),
            title: state.runbook.title.clone(),
            target: state.target.name.clone(),
            environment: state.target.environment.clone(),
            started_by: state.started.who.clone(),
            started_at: state.started.at,
            pace: state.pace,
            seq: state.seq,
            ending: state.ended.as_ref().map(|ended| ended.ending),
            live_attempt: live.map(|attempt| AttemptName {
                step: attempt.step.clone(),
                attempt: attempt.number,
                budget: state.budget(attempt, now_ms()).map(|budget| budget.sentence()),
            }),
            next_step: next.map(|step| step.id.clone()),
            next_step_waits_for: next.and_then(|step| state.waits_for(&step.id)),
            claims: state.ledger(),
            phases: state.runbook.phases.iter().map(|phase| PhaseDocument::of(&state, phase)).collect(),
            state: Arc::clone(&state),
        }
    }
}

impl PhaseDocument {
    fn of(state: &RunState, phase: &Phase) -> Self {
        let part =
            |id: &Id, title: &str, status| PartDocument { id: id.clone(), title: title.to_owned(), status };
        let items =
            phase.items.iter().map(|item| part(&item.id, &item.title, state.item_status(item).word()));
        let steps =
            phase.steps.iter().map(|step| part(&step.id, &step.title, state.step_status(&step.id).word()));
        Self {
            id: phase.id.clone(),
            title: phase.title.clone(),
            kind: phase.kind,
            gate_open: state.gate_open(phase),
            gate_lacks: state.gate_lacks(phase),
            items: items.collect(),
            steps: steps.collect(),
        }
    }
}
