//! The files that attempts have left, against the checksums that stand in the events.

use super::Checked;
use crate::run::Event;
use crate::run::event::{Body, Known};
use crate::run::sealed::Sealed;
use crate::runbook::Id;
use std::collections::BTreeMap;

/// What the events say of an attempt's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub step: Id,
    pub number: u32,
    pub left: Left,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// It ended, and left these files, by name.
    Files(BTreeMap<String, Sealed>),
    /// Nobody knows what it left; says why.
    Unknown(&'static str),
}

impl Attempt {
    /// Its folder, below the run's.
    pub fn folder(&self) -> String {
        format!("{}/{}", self.step, self.number)
    }
}

/// All attempts that have begun, in the order they were queued.
pub fn attempts(events: &[Event]) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = Vec::new();
    let known = events.iter().filter_map(|event| match &event.body {
        Body::Known(known) => Some(known),
        Body::Unknown(_) => None,
    });
    for known in known {
        let (step, number, left) = match known {
            Known::AttemptQueued { step, attempt, .. } => (step, attempt, Left::Unknown("it has not ended")),
            Known::AttemptLost { step, attempt, .. } => {
                (step, attempt, Left::Unknown("nobody knows how it ended"))
            }
            Known::AttemptEnded { step, attempt, files: Some(files), .. } => {
                (step, attempt, Left::Files(files.clone()))
            }
            Known::AttemptEnded { step, attempt, files: None, .. } => {
                (step, attempt, Left::Unknown("it ended without checksums, as under an older console"))
            }
            _ => continue,
        };
        let same = |a: &&mut Attempt| a.step == *step && a.number == *number;
        match attempts.iter_mut().rev().find(same) {
            Some(attempt) => attempt.left = left,
            None => attempts.push(Attempt { step: step.clone(), number: *number, left }),
        }
    }
    attempts
}

/// Holds what lies in an attempt's folder against what its end says; `place` is where that folder is.
pub fn compare(attempt: &Attempt, place: &str, found: &BTreeMap<String, Sealed>, checked: &mut Checked) {
    let sealed = match &attempt.left {
        Left::Files(sealed) => sealed,
        Left::Unknown(why) => {
            checked.remarks.push(format!("{place}: not covered, for {why}"));
            return;
        }
    };
    for (name, sealed) in sealed {
        match found.get(name) {
            None => checked.found(format!("{place}/{name}"), "it is gone"),
            Some(now) if now.bytes != sealed.bytes => {
                let what =
                    format!("it had {} bytes when the attempt ended, and has {}", sealed.bytes, now.bytes);
                checked.found(format!("{place}/{name}"), what);
            }
            Some(now) if now != sealed => {
                checked
                    .found(format!("{place}/{name}"), "its bytes are not those from when the attempt ended");
            }
            Some(now) => {
                checked.files += 1;
                checked.bytes += now.bytes;
            }
        }
    }
    for name in found.keys().filter(|name| !sealed.contains_key(*name)) {
        checked.found(format!("{place}/{name}"), "it was not there when the attempt ended");
    }
}
