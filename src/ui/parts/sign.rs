//! States as words and shapes. Colour only repeats what the shape says.

use crate::aftercare::Level;
use crate::preflight::Weight;
use crate::run::reading::IndexState;
use crate::run::view::{ItemStatus, StepStatus};
use crate::verdict::Verdict;
use leptos::prelude::*;

/// A shape, and the class that colours it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    pub shape: &'static str,
    pub tone: &'static str,
}

impl Sign {
    pub const PASS: Self = Self::new("✓", "pass");
    pub const NOW: Self = Self::new("▸", "now");
    pub const BACK: Self = Self::new("↩", "ask");
    pub const WAITING: Self = Self::new("·", "");

    const fn new(shape: &'static str, tone: &'static str) -> Self {
        Self { shape, tone }
    }

    /// The shape alone, for where the word stands beside it.
    pub fn mark(self) -> AnyView {
        view! { <span class=format!("mark {}", self.tone) aria-hidden="true">{self.shape}</span> }.into_any()
    }

    /// Shape and word.
    pub fn with(self, word: impl Into<String>) -> AnyView {
        let word = word.into();
        view! { <span class=format!("state {}", self.tone)>{self.mark()}" "{word}</span> }.into_any()
    }
}

impl From<Verdict> for Sign {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::new("✓", "pass"),
            Verdict::Inconclusive => Self::new("◆", "ask"),
            Verdict::Fail => Self::new("✕", "fail"),
        }
    }
}

impl From<Weight> for Sign {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Fail => Self::new("✕", "fail"),
            Weight::Unknown => Self::new("?", "unknown"),
            Weight::Warn => Self::new("!", "ask"),
        }
    }
}

impl From<Level> for Sign {
    fn from(level: Level) -> Self {
        match level {
            Level::Calm => Self::new("✓", "pass"),
            Level::Open => Self::new("·", ""),
            Level::Warning => Self::new("◆", "ask"),
            Level::Critical => Self::new("✕", "fail"),
        }
    }
}

impl From<StepStatus> for Sign {
    fn from(status: StepStatus) -> Self {
        match status {
            StepStatus::Waiting => Self::new("·", ""),
            StepStatus::Queued | StepStatus::Starting => Self::new("▹", "now"),
            StepStatus::Running => Self::new("▸", "now"),
            StepStatus::Checking => Self::new("◎", "now"),
            StepStatus::Succeeded => Self::new("✓", "pass"),
            StepStatus::Failed => Self::new("✕", "fail"),
            StepStatus::Cancelled => Self::new("■", "fail"),
            StepStatus::TimedOut => Self::new("◷", "fail"),
            StepStatus::Unknown => Self::new("?", "unknown"),
            StepStatus::Inconclusive => Self::new("◆", "ask"),
            StepStatus::Skipped => Self::new("↷", "ask"),
            StepStatus::MarkedDone => Self::new("☑", "pass"),
        }
    }
}

impl From<ItemStatus> for Sign {
    fn from(status: ItemStatus) -> Self {
        match status {
            ItemStatus::Open => Self::new("○", ""),
            ItemStatus::Asked => Self::new("▸", "now"),
            ItemStatus::Done | ItemStatus::Passed => Self::new("✓", "pass"),
            ItemStatus::NotApplicable => Self::new("–", "pass"),
            ItemStatus::Failed => Self::new("✕", "fail"),
            ItemStatus::Inconclusive => Self::new("◆", "ask"),
            ItemStatus::Accepted => Self::new("☑", "pass"),
        }
    }
}

impl From<IndexState> for Sign {
    fn from(state: IndexState) -> Self {
        match state {
            IndexState::Ok => Self::new("✓", "pass"),
            IndexState::Building => Self::new("▸", "now"),
            IndexState::Missing => Self::new("·", ""),
            IndexState::Invalid => Self::new("✕", "fail"),
            IndexState::Different => Self::new("≠", "ask"),
            IndexState::NameTaken => Self::new("!", "fail"),
        }
    }
}
