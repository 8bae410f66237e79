//! What the console's role may and may not see and do on a target, for the targets page.

use super::reading::TargetFacts;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Capability {
    pub facts: TargetFacts,
    pub lines: Vec<CapabilityLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct CapabilityLine {
    /// For instance "Other sessions".
    pub subject: String,
    /// Fail: a run would not work. Inconclusive: something stays unseen or is risky.
    pub verdict: Verdict,
    /// What is so, in one sentence.
    pub says: String,
    /// What to do about it, mostly an SQL statement to paste.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}
