//! Who asks. Every event carries the name; `decide` looks at the permissions.

use crate::runbook::Id;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person may do. Each is given by itself; none contains another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See runs, targets and logs.
    Viewer,
    /// Walk a run: answer, start, cancel, roll back.
    Operator,
    /// Sign off in the roles that the person has.
    Approver,
    /// Keep people and targets.
    Admin,
}

impl Permission {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Approver, Self::Admin];

    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.word() == word)
    }
}

/// The one behind a command: a person, or the console reporting what it saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub name: String,
    pub permissions: BTreeSet<Permission>,
    /// Named roles in which the person may sign, for instance `dba`.
    pub sign_off_roles: BTreeSet<Id>,
    /// True only for the console itself.
    pub console: bool,
}

impl Actor {
    /// The console's own voice. Nobody can log in with this name: it has a space.
    pub fn console() -> Self {
        let name = Self::CONSOLE.to_owned();
        Self { name, permissions: BTreeSet::new(), sign_off_roles: BTreeSet::new(), console: true }
    }

    pub const CONSOLE: &str = "the console";

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}
