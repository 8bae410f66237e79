//! What the document behind a change promises, as data beside its words, and by what it is measured in a run. What was measured, and how
//! it compares, is in `crate::run::ledger`.

use super::Id;
use serde::{Deserialize, Serialize};

/// A promise of the document. It is never a measurement: that stands beside it, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    pub id: Id,
    /// In the document's words.
    pub text: String,
    /// Where in the document.
    pub source: String,
    /// None: nothing is promised; what is measured should have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Claimed>,
    pub measure: Measure,
    /// What must be so for claim and measurement to be about the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
}

/// A promise in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    pub at_least: f64,
    pub at_most: f64,
    /// On which side of the range reality may lie without breaking the promise. Without it, on neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Better {
    More,
    Less,
}

/// By what a claim is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Time saved, in percent, of each of these queries.
    Faster(Faster),
    /// Size of the expected indexes that are there, in bytes.
    IndexBytes(IndexBytes),
    /// A figure that a step has left.
    Figure(FigureOf),
    /// It cannot be measured; says why.
    Cannot(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Faster {
    /// Explain step with the times before the change.
    pub before: Id,
    /// Explain step with the times after it.
    pub after: Id,
    pub queries: Vec<Id>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IndexBytes {
    /// Without it: of all tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FigureOf {
    pub step: Id,
    /// `<query>.ms` and `<query>.pages` of an explain step; of a command whatever it names.
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub figure: FigureOf,
    pub at_least: f64,
    pub at_most: f64,
    /// What the claim is about, for instance `100,000 tasks`.
    pub about: String,
}

impl Measure {
    /// The steps that it takes its values from.
    pub fn steps(&self) -> Vec<&Id> {
        match self {
            Self::Faster(faster) => vec![&faster.before, &faster.after],
            Self::Figure(figure) => vec![&figure.step],
            Self::IndexBytes(_) | Self::Cannot(_) => Vec::new(),
        }
    }
}
