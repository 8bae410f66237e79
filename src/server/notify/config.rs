//! Who is told: a strict TOML file. Mistakes carry their place, and never what is secret.

mod entry;

use super::mail::Mailer;
use super::receiver::Receiver;
use crate::run::notification::Notification;
use crate::runbook::Id;
use crate::runbook::parse::{from_toml, place};
use crate::server::modes::{Closed, check};
use crate::server::target::config::Mistakes;
use crate::server::target::settings::Variables;
use entry::{Entry, Mail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// All receivers of a console, by name.
#[derive(Clone, Debug, Default)]
pub struct Receivers(BTreeMap<Id, Receiver>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    receivers: Vec<Entry>,
    smtp: Option<Mail>,
}

/// A mistake with its byte offset in the file.
type Misplaced = (usize, String);

impl Receivers {
    /// # Errors
    /// All mistakes that were found. A file that holds a webhook's address or secret is its owner's alone.
    pub fn load(path: &Path, environment: &Variables) -> Result<Self, Mistakes> {
        let shown = path.display();
        let one = |mistake: String| Mistakes(vec![mistake]);
        check(path, Closed::Kept).map_err(|open| one(open.to_string()))?;
        let text = std::fs::read_to_string(path).map_err(|error| {
            one(format!("{shown}: expected the file of receivers, came an error: {error}"))
        })?;
        let file: File =
            toml::from_str(&text).map_err(|error| one(format!("{shown}:{}", from_toml(&text, &error))))?;
        if file.receivers.iter().any(Entry::holds_a_secret) {
            check(path, Closed::Secret).map_err(|open| one(open.to_string()))?;
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let (mut receivers, mut misplaced) = (Self::default(), Vec::new());
        let mut entries = file.receivers;
        let mailer = file.smtp.map(|smtp| smtp.mailer(folder, environment)).transpose();
        let mailer = mailer.unwrap_or_else(|mistake| {
            misplaced.push(mistake);
            // What is wrong with them besides is not known before that is right.
            entries.retain(|entry| !entry.is_mail());
            None
        });
        receivers.add(entries, mailer.as_ref(), environment, &mut misplaced);
        if misplaced.is_empty() {
            return Ok(receivers);
        }
        misplaced.sort();
        let told = misplaced.into_iter().map(|(offset, message)| {
            let (line, column) = place(&text, offset);
            format!("{shown}:{line}:{column}: {message}")
        });
        Err(Mistakes(told.collect()))
    }

    fn add(
        &mut self,
        entries: Vec<Entry>,
        mailer: Option<&Arc<Mailer>>,
        environment: &Variables,
        misplaced: &mut Vec<Misplaced>,
    ) {
        for entry in entries {
            let (at, name) = (entry.name.span().start, entry.name.get_ref().clone());
            if self.0.contains_key(&name) {
                misplaced.push((at, format!("expected every receiver once, came `{name}` twice")));
            }
            match entry.receiver(mailer, environment) {
                Ok(receiver) => {
                    self.0.insert(name, receiver);
                }
                Err(mistake) => misplaced.push(mistake),
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, name: &Id) -> Option<&Receiver> {
        self.0.get(name)
    }

    /// In the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Receiver> {
        self.0.values()
    }

    /// Those of them whose names are given.
    pub fn only(&self, names: &[String]) -> Self {
        let known = |name: &Id| names.iter().any(|known| known == name.as_str());
        Self(
            self.0
                .iter()
                .filter(|(name, _)| known(name))
                .map(|(name, r)| (name.clone(), r.clone()))
                .collect(),
        )
    }

    /// Who is told of this: those whom its gate names, else all that take its kind. A gate that names nobody who is there, or nobody whom
    /// this target concerns, keeps nobody from knowing.
    pub fn addressees(&self, told: &Notification) -> Vec<&Receiver> {
        let named: Vec<_> = self.iter().filter(|receiver| receiver.is_named(told)).collect();
        if named.is_empty() { self.iter().filter(|receiver| receiver.takes(told)).collect() } else { named }
    }
}

#[cfg(test)]
mod tests;
