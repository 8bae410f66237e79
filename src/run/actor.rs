//! Who asks. Every event carries the name; `decide` looks at the permissions.

use super::Ms;
use crate::runbook::Id;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

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

/// A permission that counts where its place says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    pub permission: Permission,
    #[serde(flatten)]
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Target(Id),
    /// The word of the targets file.
    Environment(String),
}

impl Place {
    fn holds(&self, target: &Id, environment: &str) -> bool {
        match self {
            Self::Target(name) => name == target,
            Self::Environment(name) => name == environment,
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Target(name) => write!(f, "{} on {name}", self.permission.word()),
            Place::Environment(name) => write!(f, "{} in {name}", self.permission.word()),
        }
    }
}

/// What the console has seen, besides the name, of whoever gives a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A secret that a program holds.
    #[default]
    Token,
    /// A browser: whether the person has a second factor, and when the session has shown it last.
    Session { has_factor: bool, shown: Option<Ms> },
    /// The console's own machine: whoever is there has the state.
    Terminal,
}

/// The one behind a command: a person, or the console reporting what it saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub name: String,
    /// Those that count everywhere.
    pub permissions: BTreeSet<Permission>,
    /// Those that count on some targets. To see is never among them: who may do anything anywhere sees all.
    #[serde(default)]
    pub grants: BTreeSet<Grant>,
    /// Named roles in which the person may sign, for instance `dba`.
    pub sign_off_roles: BTreeSet<Id>,
    /// Known to this person's screen alone: a session has one, and a terminal, but no token.
    #[serde(default)]
    pub screen: Option<String>,
    #[serde(default)]
    pub proof: Proof,
    /// True only for the console itself.
    pub console: bool,
}

impl Actor {
    /// The console's own voice. Nobody can log in with this name: it has a space.
    pub fn console() -> Self {
        let name = Self::CONSOLE.to_owned();
        Self {
            name,
            permissions: BTreeSet::new(),
            grants: BTreeSet::new(),
            sign_off_roles: BTreeSet::new(),
            screen: None,
            proof: Proof::Terminal,
            console: true,
        }
    }

    pub const CONSOLE: &str = "the console";

    /// The same person with all that counts on one target.
    pub fn at(&self, target: &Id, environment: &str) -> Self {
        let mut here = self.clone();
        let granted = self.grants.iter().filter(|grant| grant.place.holds(target, environment));
        here.permissions.extend(granted.map(|grant| grant.permission));
        here
    }

    /// Whether there is a target on which this may be allowed.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.may(permission) || self.grants.iter().any(|grant| grant.permission == permission)
    }

    /// Whether there is anything that this person may do: then they may see.
    pub fn may_see(&self) -> bool {
        !self.permissions.is_empty() || !self.grants.is_empty()
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}
