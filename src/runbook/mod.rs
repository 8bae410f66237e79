//! What a runbook is: its definition, its rules, and how its TOML becomes one. Pure; nothing here runs anything.

pub mod action;
pub mod aftercare;
pub mod airbag;
pub mod claim;
pub mod definition;
pub mod expectation;
pub mod id;
#[cfg(feature = "ssr")]
pub mod parse;
pub mod rehearse;
pub mod remedy;
pub mod rules;
pub mod span;
pub mod way_back;

pub use action::*;
pub use aftercare::Aftercare;
pub use airbag::Airbag;
pub use claim::*;
pub use definition::*;
pub use expectation::*;
pub use id::Id;
pub use rehearse::{Leg, Rehearse};
pub use remedy::{How, Remedy};
pub use span::Span;
pub use way_back::{Backup, Need, RollbackPath};
