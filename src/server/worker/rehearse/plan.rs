//! What is to be rehearsed, as it stands in the task. No secret is in it: what connects to the target is in the worker's environment.

use super::Program;
use crate::runbook::{Database, Id, Leaves, Step};
use crate::server::worker::Task;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub copy: Program,
    #[serde(default)]
    pub measure: Option<Program>,
    pub legs: Vec<Leg>,
    #[serde(default)]
    pub database: Option<Database>,
    #[serde(default)]
    pub window_minutes: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// The way back; none: forward.
    #[serde(default)]
    pub path: Option<Id>,
    pub parts: Vec<Part>,
}

impl Leg {
    pub(super) fn leaves(&self) -> Leaves {
        if self.path.is_some() { Leaves::Reverted } else { Leaves::Applied }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub step: Step,
    /// What its sessions are to be like, on top of the worker's own environment.
    pub env: BTreeMap<String, String>,
    pub runs: Runs,
}

/// By what the step is carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Runs {
    Program(Program),
    /// A worker of its own.
    Task(Box<Task>),
}
