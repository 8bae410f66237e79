//! Somebody who is told: by which way, of what, of which targets.

use super::mail::Mailer;
use super::webhook::Hook;
use crate::run::notification::{Kind, Notification};
use crate::runbook::Id;
use lettre::message::Mailbox;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Receiver {
    pub name: Id,
    pub way: Way,
    /// The kinds that it takes, besides those of gates that name it.
    pub on: BTreeSet<Kind>,
    /// None: all.
    pub targets: Option<BTreeSet<Id>>,
    /// None: all.
    pub environments: Option<BTreeSet<String>>,
}

#[derive(Clone, Debug)]
pub enum Way {
    Webhook(Arc<Hook>),
    Mail { to: Vec<Mailbox>, by: Arc<Mailer> },
}

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// With what was answered.
    Taken(String),
    Failed(Failure),
}

/// Why a receiver did not take something: one line, without addresses that let somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub why: String,
    pub hope: Hope,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hope {
    /// Another try may do; not before this time has passed, where the receiver says so.
    Again(Option<std::time::Duration>),
    /// This one is not taken as it is; others may be.
    NotThisOne,
    /// The receiver wants nothing any more.
    Gone,
}

impl Failure {
    pub fn again(why: impl Into<String>) -> Self {
        Self { why: why.into(), hope: Hope::Again(None) }
    }
}

impl Receiver {
    /// Whether runs on this target concern it.
    fn concerned(&self, told: &Notification) -> bool {
        self.targets.as_ref().is_none_or(|targets| targets.contains(&told.target))
            && self.environments.as_ref().is_none_or(|words| words.contains(&told.environment))
    }

    /// Because a gate names it, whatever else it takes.
    pub(super) fn is_named(&self, told: &Notification) -> bool {
        told.named.contains(&self.name) && self.concerned(told)
    }

    pub(super) fn takes(&self, told: &Notification) -> bool {
        self.on.contains(&told.kind) && self.concerned(told)
    }

    /// How it is reached, in words for a page: no address of a webhook, which lets whoever knows it write there.
    pub fn reached(&self) -> String {
        match &self.way {
            Way::Webhook(hook) if hook.signs() => "signed webhook".to_owned(),
            Way::Webhook(_) => "webhook".to_owned(),
            Way::Mail { to, .. } => {
                let to: Vec<String> = to.iter().map(|mailbox| mailbox.email.to_string()).collect();
                format!("e-mail to {}", to.join(", "))
            }
        }
    }

    /// What it takes, in words.
    pub fn wants(&self) -> String {
        let words: Vec<&str> = self.on.iter().map(|kind| kind.word()).collect();
        let kinds = if self.on.len() == Kind::ALL.len() { "everything".to_owned() } else { words.join(", ") };
        let only = |what: &str, names: Option<Vec<&str>>| {
            names.map(|names| format!("; {what} {}", names.join(", "))).unwrap_or_default()
        };
        let targets = self.targets.as_ref().map(|targets| targets.iter().map(Id::as_str).collect());
        let words = self.environments.as_ref().map(|words| words.iter().map(String::as_str).collect());
        format!("{kinds}{}{}", only("targets", targets), only("environments", words))
    }
}
