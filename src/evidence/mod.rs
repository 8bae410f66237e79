//! What lets anybody check a run afterwards: its chain of hashes, the checksums of its files, and who signed. Pure: where the bytes come
//! from, and with which key they are signed, lives in `server::evidence`.

pub mod chain;
pub mod files;
pub mod report;
pub mod signatures;
pub mod sums;

use serde::Serialize;

/// Something that is not as the console wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: `event 17`, `attempts/dump/1/out`.
    pub place: String,
    /// What is wrong there, as a sentence without its full stop.
    pub what: String,
}

impl Finding {
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    pub findings: Vec<Finding>,
    /// What could not be checked, and why; no sign of a change.
    pub remarks: Vec<String>,
    pub events: usize,
    pub files: usize,
    /// Size of the files, in bytes.
    pub bytes: u64,
    /// Hash of the last event.
    pub head: Option<String>,
}

impl Checked {
    pub fn good(&self) -> bool {
        self.findings.is_empty()
    }

    pub fn found(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding::new(place, what));
    }
}
