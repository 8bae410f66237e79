//! Finding lines in a log: backwards from an offset, and by their text. A line is bytes up to and with a newline.

use std::io;

use memchr::{memchr_iter, memrchr, memrchr_iter};
use serde::Serialize;

use super::reader::LogReader;

/// How much is read at once, in bytes. A longer line is searched in pieces.
const BLOCK: u64 = 1024 * 1024;

/// How much of a line that was found is shown, in bytes.
const SHOWN: usize = 4096;

/// What to look for.
pub struct Needle {
    text: Vec<u8>,
    ignore_case: bool,
}

/// A line that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// Offset of its first byte.
    pub from: u64,
    /// Offset behind its newline.
    pub to: u64,
    /// The line without its newline, its beginning if it is very long.
    pub text: String,
}

/// What a bounded search came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hits {
    /// Lines in order of arrival.
    pub hits: Vec<Hit>,
    /// Where to go on; absent when the end of the log was reached.
    pub next: Option<u64>,
}

impl Needle {
    /// A text to look for, in lines as they are or with upper and lower case taken as one.
    pub fn new(text: &str, ignore_case: bool) -> Self {
        Self {
            text: if ignore_case { text.to_lowercase() } else { text.to_owned() }.into_bytes(),
            ignore_case,
        }
    }

    fn is_in(&self, line: &[u8]) -> bool {
        match self.ignore_case {
            true => {
                let folded = String::from_utf8_lossy(line).to_lowercase();
                memchr::memmem::find(folded.as_bytes(), &self.text).is_some()
            }
            false => memchr::memmem::find(line, &self.text).is_some(),
        }
    }
}

impl Hits {
    fn up_to(at: u64, length: u64, hits: Vec<Hit>) -> Self {
        Self { hits, next: (at < length).then_some(at) }
    }
}

impl LogReader {
    /// The offset where the last `lines` lines before an offset begin, at most `most` bytes back. Within a line only
    /// if that line alone is longer.
    pub fn back(&self, before: u64, lines: usize, most: u64) -> io::Result<u64> {
        let floor = before.saturating_sub(most);
        let (mut end, mut start, mut left) = (before, None, lines);
        while end > floor && left > 0 {
            let begin = floor.max(end.saturating_sub(BLOCK / 16));
            let block = self.block(begin, end)?;
            for at in memrchr_iter(b'\n', &block) {
                let line = begin + at as u64 + 1;
                // A newline just before the offset ends the last line and begins none.
                if line == before {
                    continue;
                }
                start = Some(line);
                left -= 1;
                if left == 0 {
                    break;
                }
            }
            end = begin;
        }
        match start {
            _ if lines == 0 => Ok(before),
            _ if left > 0 && floor == 0 => Ok(0),
            Some(line) => Ok(line),
            None => self.next_character(floor, before),
        }
    }

    /// Where the line begins that an offset lies in: the offset itself, if it begins one.
    pub fn line_start(&self, at: u64) -> io::Result<u64> {
        let mut end = at;
        while end > 0 {
            let begin = end.saturating_sub(BLOCK);
            if let Some(newline) = memrchr(b'\n', &self.block(begin, end)?) {
                return Ok(begin + newline as u64 + 1);
            }
            end = begin;
        }
        Ok(0)
    }

    /// Lines that hold the needle, from an offset on: at most `most_hits` of them, in at most `most_bytes` bytes.
    pub fn search(
        &self,
        needle: &Needle,
        from: u64,
        length: u64,
        most_hits: usize,
        most_bytes: u64,
    ) -> io::Result<Hits> {
        let stop = length.min(from.saturating_add(most_bytes));
        let (mut at, mut hits) = (from, Vec::new());
        while at < stop {
            let block = self.block(at, length.min(at + BLOCK))?;
            let whole = memrchr(b'\n', &block).map_or(block.len(), |last| last + 1);
            let mut begin = 0;
            for end in memchr_iter(b'\n', &block[..whole]).map(|end| end + 1).chain([whole]) {
                let line = &block[begin..end];
                if !line.is_empty() && needle.is_in(line) {
                    hits.push(hit(at + begin as u64, line));
                }
                begin = end;
                if hits.len() == most_hits {
                    return Ok(Hits::up_to(at + end as u64, length, hits));
                }
            }
            at += whole as u64;
        }
        Ok(Hits::up_to(at, length, hits))
    }

    fn block(&self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; (to - from) as usize];
        self.bytes_at(from, &mut bytes)?;
        Ok(bytes)
    }

    fn next_character(&self, at: u64, limit: u64) -> io::Result<u64> {
        let ahead = self.block(at, limit.min(at + 3))?;
        let inside = ahead.iter().take_while(|byte| (0x80..0xC0).contains(*byte)).count();
        Ok(at + inside as u64)
    }
}

fn hit(from: u64, line: &[u8]) -> Hit {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = String::from_utf8_lossy(&text[..text.len().min(SHOWN)]).into_owned();
    Hit { from, to: from + line.len() as u64, text }
}
