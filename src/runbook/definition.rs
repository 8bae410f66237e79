//! The parts of a runbook as types: phases, items, steps, gates, rollback paths. What they may hold is said here; how they
//! must fit together is in `rules`.

use super::{Action, Aftercare, Airbag, Backup, Claim, Command, ExplainQuery, Id, Query, RollbackPath, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One change of one PostgreSQL database, from preflight to aftercare, with its ways back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Runbook {
    /// The name in addresses; the same for every version of the runbook.
    pub slug: Id,
    pub title: String,
    /// Plain words for the people who sign: what changes, why, what it costs.
    pub summary: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<Id, Parameter>,
    /// Programs that the commands start themselves, so that a preflight can look for them as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// What of the database this runbook changes. It is read again after every step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Database>,
    /// From where the aftercare page speaks of a warning; without it the defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aftercare: Option<Aftercare>,
    /// From when a queue behind a step is too long; without it the defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub airbag: Option<Airbag>,
    /// The steps that take and prove the backup which the ways back restore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    /// Parameter of type integer: the length of the window in minutes, counted from the first step of the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Id>,
    /// In the order they are walked. Phases of kind `rollback` hold the steps of the ways back and are not walked.
    pub phases: Vec<Phase>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollback: Vec<RollbackPath>,
    /// What the document behind the change promises.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
}

/// A value that is fixed when a run starts. Commands get it as the environment variable `KNEEBOARD_PARAM_<NAME>` (upper case, `-`
/// as `_`), statements as a bound value; it is never pasted into a command line or into SQL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    #[serde(rename = "type")]
    pub kind: ParameterType,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// One SELECT of one value, asked of the target when the run starts, where the operator gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    Text,
    Integer,
    Number,
    Boolean,
    Uuid,
    Timestamp,
}

/// A scalar in a runbook or bound to a statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Value {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// The part of the target that is read after every step and shown as "the database says".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub schema: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<ExpectedIndex>,
}

/// Where a migration tool keeps its revision, and which one stands before and after the change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// Table in the schema, for instance `alembic_version`.
    pub table: String,
    /// Column, for instance `version_num`.
    pub column: String,
    pub before: String,
    pub after: String,
}

/// An index that the change makes, with its exact `pg_get_indexdef` text (the same on PostgreSQL 12 to 18).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExpectedIndex {
    pub name: String,
    pub table: String,
    pub definition: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Phase {
    pub id: Id,
    pub title: String,
    pub kind: PhaseKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Who must sign before the next phase opens. A phase without one opens when its items and steps are done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhaseKind {
    Preflight,
    Backup,
    Migrate,
    Verify,
    Aftercare,
    Rollback,
    /// The console's own: what people choose to put right during a run. Not written in runbooks.
    Remedy,
}

/// The point behind a phase that opens when its items, its steps and these sign-offs are in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// What is signed, in one sentence.
    pub statement: String,
    pub sign_offs: Vec<SignOffRule>,
    /// The receivers, of those that the console is given, who are told when signatures are wanted here or fall; without it, all who take
    /// such notifications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<Id>,
    /// How long a signature is good before what it opens has begun; without it, until something under it moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for: Option<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignOffRule {
    /// Name of a sign-off role that people are given, for instance `dba` or `product-owner`.
    pub role: Id,
    /// How many different people of that role must sign.
    #[serde(default = "one")]
    pub people: u8,
}

fn one() -> u8 {
    1
}

/// A line of the checklist: answered by a person, or proven by a probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub id: Id,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// A line without a probe is answered by a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

/// A read-only check that yields evidence and a verdict. Probes may be repeated at will.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// One SELECT in a READ ONLY transaction and what its rows must be.
    Query(Query),
    /// A tool that only reads.
    Command(Command),
    /// Proven by the last attempt of a step.
    Step(Id),
    /// The space that building the expected indexes needs, by estimate, against the bytes that a parameter says are free.
    IndexSpace(IndexSpace),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IndexSpace {
    /// Parameter of type integer: free bytes on the volume of the data directory, as somebody attests. 0: nobody has, and
    /// the probe is inconclusive.
    pub free_bytes: Id,
    /// Free space wanted, as a multiple of the estimated size of all indexes (sort files and WAL come on top of the index).
    pub factor: f64,
}

/// Something executed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub id: Id,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// After this the step is interrupted, then terminated, then killed.
    pub timeout: Span,
    /// Steps and items that must be done before, besides the steps above it in its phase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Id>,
    /// `lock_timeout` of the step's sessions; without it [`Step::lock_limit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_timeout: Option<Span>,
    /// `statement_timeout` of the step's sessions; without it the step's timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_timeout: Option<Span>,
    /// What the database must say afterwards for the step to pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves: Option<Leaves>,
    /// What it does cannot be taken back: on a production target it starts when a second person has confirmed it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub irreversible: bool,
    pub run: Action,
}

/// Behind a plain statement that waits for a lock everybody else waits.
const LOCK_TIMEOUT: Span = Span::from_ms(5_000);

impl Step {
    /// The `lock_timeout` of its sessions: as the runbook says, else 5 s for statements of which none is CONCURRENTLY. None is
    /// PostgreSQL's 0: a concurrent build that gives up waiting leaves an invalid index, and of a command nobody knows what it sends.
    pub fn lock_limit(&self) -> Option<Span> {
        let concurrently = |sql: &String| sql.to_ascii_uppercase().contains("CONCURRENTLY");
        let plain = matches!(&self.run, Action::Sql(sql) if !sql.statements.iter().any(concurrently));
        self.lock_timeout.or(plain.then_some(LOCK_TIMEOUT))
    }
}

/// A state of `Runbook::database`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Leaves {
    /// The one revision is `after`; every expected index is there, valid and exactly as defined.
    Applied,
    /// The one revision is `before`; none of the expected indexes exists.
    Reverted,
}

impl Runbook {
    /// Every step with its phase, in order.
    pub fn steps(&self) -> impl Iterator<Item = (&Phase, &Step)> {
        self.phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (phase, step)))
    }

    pub fn step(&self, id: &Id) -> Option<(&Phase, &Step)> {
        self.steps().find(|(_, step)| step.id == *id)
    }

    /// True where the step should have a session on the target while it runs. A command may need none, unless it is there to change
    /// the database; a rehearsal has its sessions on the copy.
    pub fn connects(&self, id: &Id) -> bool {
        self.step(id).is_some_and(|(phase, step)| match step.run {
            Action::Command(_) => {
                step.leaves.is_some() || matches!(phase.kind, PhaseKind::Migrate | PhaseKind::Rollback)
            }
            Action::Rehearse(_) => false,
            _ => true,
        })
    }

    pub fn item(&self, id: &Id) -> Option<(&Phase, &Item)> {
        self.phases
            .iter()
            .flat_map(|phase| phase.items.iter().map(move |item| (phase, item)))
            .find(|(_, i)| i.id == *id)
    }

    pub fn phase(&self, id: &Id) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.id == *id)
    }

    /// The phases that are walked, in order.
    pub fn forward(&self) -> impl Iterator<Item = &Phase> {
        let walked = |kind| !matches!(kind, PhaseKind::Rollback | PhaseKind::Remedy);
        self.phases.iter().filter(move |phase| walked(phase.kind))
    }

    /// Gives every explain step with `queries_of` the queries it names, without what is expected of their plans.
    pub fn copy_shared_queries(&mut self) {
        let queries_of = |step: &Step| match &step.run {
            Action::Explain(explain) => Some((step.id.clone(), explain.queries.clone())),
            _ => None,
        };
        let shared: BTreeMap<Id, Vec<ExplainQuery>> =
            self.steps().filter_map(|(_, step)| queries_of(step)).collect();
        for step in self.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
            if let Action::Explain(explain) = &mut step.run
                && let Some(queries) = explain.queries_of.as_ref().and_then(|other| shared.get(other))
            {
                explain.queries =
                    queries.iter().map(|query| ExplainQuery { expect: None, ..query.clone() }).collect();
            }
        }
    }

    pub fn path(&self, id: &Id) -> Option<&RollbackPath> {
        self.rollback.iter().find(|path| path.id == *id)
    }
}
