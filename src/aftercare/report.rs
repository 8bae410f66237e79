//! All that is told of how a run's target lives with its change, to a page and to a program alike.

use super::Look;
use super::concerns::{Concern, concerns};
use crate::run::{Ms, RunId};
use crate::runbook::{Aftercare, Id};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Report {
    pub run: RunId,
    /// Of the runbook.
    pub title: String,
    pub target: Id,
    pub environment: String,
    pub limits: Aftercare,
    /// Names of the indexes that the change makes.
    pub expected: Vec<String>,
    /// The change was made and not taken back: those that are not there are missed.
    pub applied: bool,
    /// Title of the step behind which counting begins; none before the change.
    pub behind: Option<String>,
    /// Why the counters of a later step are not to be had.
    pub lacks: Option<String>,
    /// The last look; none as long as the target has never answered.
    pub look: Option<Look>,
    /// Why the target does not answer now.
    pub error: Option<String>,
    /// The console's clock.
    pub now: Ms,
}

impl Report {
    /// All of the last look that is worth a word, the worst first.
    pub fn concerns(&self) -> Vec<Concern> {
        let expected = if self.applied { self.expected.as_slice() } else { &[] };
        self.look.as_ref().map(|look| concerns(&self.limits, look, expected)).unwrap_or_default()
    }
}
