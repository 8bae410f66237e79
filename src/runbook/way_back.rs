//! The ways back: their steps, what they need and what they lose, and the backup that some of them restore.

use super::Id;
use serde::{Deserialize, Serialize};

/// Which steps make the backup. It counts as proven while the last attempt of `proven_by` has passed and is younger than the last one
/// of `taken_by`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Backup {
    pub taken_by: Id,
    pub proven_by: Id,
}

/// A named way back: steps of a rollback phase, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RollbackPath {
    pub id: Id,
    pub title: String,
    pub summary: String,
    /// What is lost by going this way, in one sentence.
    pub loses: String,
    /// What must be so for it to be open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// What was written since the backup goes out of sight. Whoever takes this way types how many rows that are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loses_writes: bool,
    /// One person asks for it, and it starts when a second one has typed the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_person: bool,
    pub steps: Vec<Id>,
}

/// What a way back cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// One revision is stored, and it is the one before the change or the one behind it: nothing else would be taken back.
    OwnRevision,
    /// The backup was restored and compared.
    ProvenBackup,
    /// No foreign key, view or function of another schema depends on this one: it would follow the schema that is moved away.
    NoDependants,
}
