//! What the live stream of a run says about logs.

use crate::runbook::Id;
use crate::text::lines::{Chunk, Record};
use serde::Deserialize;

/// More output of an attempt.
#[derive(Debug, Deserialize)]
pub struct Heard {
    pub step: Id,
    pub attempt: u32,
    from: u64,
    to: u64,
    records: Vec<Record>,
}

impl Heard {
    pub fn into_chunk(self) -> Chunk {
        Chunk { from: self.from, to: self.to, records: self.records }
    }
}

/// No more output will come; the log ends at `to`.
#[derive(Debug, Deserialize)]
pub struct Ended {
    pub step: Id,
    pub attempt: u32,
    pub to: u64,
}
