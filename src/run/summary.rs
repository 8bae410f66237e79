//! A run in one line, for lists.

use super::event::Ending;
use super::{Ms, RunId};
use crate::runbook::Id;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RunSummary {
    pub run: RunId,
    pub slug: Id,
    pub title: String,
    pub target: Id,
    pub environment: String,
    pub started_by: String,
    pub started_at: Ms,
    /// None while the run is live.
    pub ending: Option<Ending>,
    pub ended_at: Option<Ms>,
}
