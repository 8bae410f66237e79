//! A viewer's place in a run's live stream: the last event, and how far the log of one attempt was read.

use super::Seq;
use crate::runbook::Id;
use std::fmt;
use std::str::FromStr;

/// Written as `<seq>`, or `<seq>/<step>.<attempt>@<offset>` where a log is followed too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub seq: Seq,
    pub log: Option<LogPlace>,
}

/// Offset of the first byte that was not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlace {
    pub step: Id,
    pub attempt: u32,
    pub offset: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a place such as `17` or `17/upgrade.1@4096`, came `{0}`")]
pub struct NotACursor(String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.log {
            None => write!(f, "{}", self.seq),
            Some(LogPlace { step, attempt, offset }) => write!(f, "{}/{step}.{attempt}@{offset}", self.seq),
        }
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotACursor(text.chars().take(160).collect());
        let (seq, log) = match text.split_once('/') {
            None => (text, None),
            Some((seq, log)) => (seq, Some(place(log).ok_or_else(wrong)?)),
        };
        Ok(Self { seq: seq.parse().map_err(|_| wrong())?, log })
    }
}

fn place(text: &str) -> Option<LogPlace> {
    let (attempt, offset) = text.split_once('@')?;
    let (step, attempt) = attempt.split_once('.')?;
    let (step, attempt, offset) = (Id::parse(step).ok()?, attempt.parse().ok()?, offset.parse().ok()?);
    Some(LogPlace { step, attempt, offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_being_written() {
        for text in ["0", "17", "17/upgrade.1@0", "18446744073709551615/a-b_c.4294967295@4096"] {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in ["", "x", "-1", "1/", "1/up", "1/up.1", "1/up.x@1", "1/Up.1@1", "1/../x.1@1", "1/up.1@-1"]
        {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
