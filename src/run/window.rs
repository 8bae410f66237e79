//! When a target may be changed, as far as a run knows of it: what its calendar says, and glass that was broken because it could not
//! wait. The calendar itself is the target's.

use super::state::By;
use super::{Ms, RunState, Seq};
use crate::runbook::{PhaseKind, Step};
use serde::{Deserialize, Serialize};

/// What the calendar of a target says at one moment. It stays the same until it turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Window {
    pub open: bool,
    /// When that turns; none where nothing is foreseen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Ms>,
    /// Since when or until when and why, in half a sentence, with each time in the calendar's zone and in UTC.
    pub says: String,
}

/// A change that cannot wait for its window. It holds for one run, and until the calendar turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Glass {
    pub asked: By,
    /// Of the event, to which the second person's answer is bound.
    pub seq: Seq,
    pub reason: String,
    /// The second person, and what they said.
    pub broken: Option<(By, String)>,
}

impl PhaseKind {
    /// Whether its steps keep to the target's windows: what changes the target does. Preparing does not, for it has to be done by then;
    /// nor does looking whether it went well, nor any way back.
    pub fn keeps_to_windows(self) -> bool {
        matches!(self, Self::Migrate | Self::Remedy)
    }
}

impl RunState {
    /// Why the target may not be changed now; none where it may.
    pub fn outside_window(&self) -> Option<String> {
        let closed = self.window.as_ref().filter(|window| !window.open)?;
        let broken = self.glass.as_ref().is_some_and(|glass| glass.broken.is_some());
        (!broken).then(|| format!("{} is not to be changed now: {}", self.target.name, closed.says))
    }

    /// Whether this step changes the target, and now is not the time.
    pub fn waits_for_window(&self, step: &Step) -> bool {
        let changes = self.runbook.step(&step.id).is_some_and(|(phase, _)| phase.kind.keeps_to_windows());
        changes && self.outside_window().is_some()
    }
}
