//! Where in the log a piece of decoded text stands. Text counts as its bytes, except U+FFFD, which may stand for
//! a single byte that was no UTF-8.

use super::{Chunk, Record};

/// Counts through the text of one chunk, from its first byte to its last.
#[derive(Debug)]
pub struct Ruler {
    at: u64,
    to: u64,
    /// Bytes that one U+FFFD of this chunk stands for.
    replacement: u64,
}

impl Ruler {
    pub fn new(chunk: &Chunk) -> Self {
        let texts = || chunk.records.iter().map(|Record(_, _, text)| text.as_str());
        let bytes: usize = texts().map(str::len).sum();
        let length = chunk.to.saturating_sub(chunk.from);
        let replacement = if bytes as u64 == length {
            3
        } else {
            let replaced: usize = texts().map(|text| text.matches(char::REPLACEMENT_CHARACTER).count()).sum();
            let others = (bytes - 3 * replaced) as u64;
            (length.saturating_sub(others) / (replaced as u64).max(1)).clamp(1, 3)
        };
        Self { at: chunk.from, to: chunk.to, replacement }
    }

    /// The offset reached; never beyond the chunk.
    pub fn at(&self) -> u64 {
        self.at.min(self.to)
    }

    pub fn pass(&mut self, text: &str) {
        let replaced = match self.replacement {
            3 => 0,
            _ => text.matches(char::REPLACEMENT_CHARACTER).count() as u64,
        };
        self.at = self.at.saturating_add(text.len() as u64 - replaced * (3 - self.replacement));
    }

    /// Passes over what stands before `offset`; gives the rest of `text`.
    pub fn skip_to<'a>(&mut self, offset: u64, text: &'a str) -> &'a str {
        let mut rest = text;
        while self.at < offset {
            let Some(c) = rest.chars().next() else { break };
            let (passed, behind) = rest.split_at(c.len_utf8());
            self.pass(passed);
            rest = behind;
        }
        rest
    }
}
