//! Reading a log at an offset. Knows nothing of viewers or sockets; whoever asks says how long the log is.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use memchr::memrchr;

use crate::server::shim::files;
use crate::server::shim::format::{ENTRY, Entry, Stream, incomplete_tail};

/// How many index entries are read at once.
const BATCH: u64 = 256;

/// An attempt's log, open for reading. All calls block, usually for microseconds: the bytes are in memory.
pub struct LogReader {
    out: File,
    index: File,
}

/// Consecutive output, as it was read from the child.
pub struct Page {
    /// Offset of the first byte.
    pub from: u64,
    /// Offset behind the last byte: where the next page begins.
    pub to: u64,
    bytes: Vec<u8>,
    marks: Vec<Entry>,
}

/// Output of one stream at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Offset of the first byte.
    pub from: u64,
    /// Offset behind the last byte.
    pub to: u64,
    /// When it was read, UTC, milliseconds since 1970.
    pub ms: i64,
    /// Where it was read.
    pub stream: Stream,
    /// What was read: whole lines unless the writer paused within one or the line is very long.
    pub bytes: &'a [u8],
}

impl Page {
    /// The page's records in order of arrival.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut from = self.from;
        self.marks.iter().map(move |mark| {
            let range = (from - self.from) as usize..(mark.end - self.from) as usize;
            let record =
                Record { from, to: mark.end, ms: mark.ms, stream: mark.stream, bytes: &self.bytes[range] };
            from = mark.end;
            record
        })
    }

    /// All bytes of the page.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl LogReader {
    /// Opens the log in an attempt directory.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] as long as no shim has begun there.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let index = File::open(dir.join(files::INDEX))?;
        Ok(Self { out: File::open(dir.join(files::OUT))?, index })
    }

    /// How much of the log is committed while its shim may be at work: what the index covers.
    pub fn committed(&self) -> io::Result<u64> {
        let entries = self.entries()?;
        let last = if entries == 0 { 0 } else { self.entry(entries - 1)?.end };
        Ok(last.min(self.out.metadata()?.len()))
    }

    /// The length of the log once its shim is gone: all that reached the disk.
    pub fn whole(&self) -> io::Result<u64> {
        Ok(self.out.metadata()?.len())
    }

    /// Reads from an offset, at most `max` bytes (at least 4), of a log that is `length` long. The page ends where a
    /// line or a record ends if there is such a place, and never inside a UTF-8 character.
    pub fn page(&self, from: u64, length: u64, max: usize) -> io::Result<Page> {
        let window_end = length.min(from.saturating_add(max.max(4) as u64)).max(from);
        let mut bytes = vec![0; (window_end - from) as usize];
        self.out.read_exact_at(&mut bytes, from)?;
        let mut marks = self.marks(from, window_end)?;
        let to = if window_end == length { length } else { from + page_end(from, &bytes, &marks) };
        bytes.truncate((to - from) as usize);
        let last = marks.partition_point(|mark| mark.end < to);
        marks.truncate(last + 1);
        if let Some(mark) = marks.last_mut() {
            mark.end = to;
        }
        Ok(Page { from, to, bytes, marks })
    }

    /// Reads raw bytes into a buffer, whole.
    pub fn bytes_at(&self, from: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.out.read_exact_at(buffer, from)
    }

    /// The entries that cover `from..to`, neighbours of one stream and one time made one. The last one may end behind
    /// `to`; bytes behind the last entry get one of their own.
    fn marks(&self, from: u64, to: u64) -> io::Result<Vec<Entry>> {
        let entries = self.entries()?;
        let (mut marks, mut at, mut reached) = (Vec::<Entry>::new(), self.first_behind(from, entries)?, from);
        while reached < to && at < entries {
            let count = BATCH.min(entries - at);
            for entry in self.read_entries(at, count)? {
                // An index that a power cut left with zeros at its end covers nothing there.
                if reached < to && entry.end > reached {
                    reached = entry.end;
                    join(&mut marks, entry);
                }
            }
            at += count;
        }
        if reached < to {
            let ms =
                marks.last().map_or_else(|| self.out.metadata().map(|m| m.mtime() * 1000), |m| Ok(m.ms))?;
            join(&mut marks, Entry { end: to, ms, stream: Stream::Out });
        }
        Ok(marks)
    }

    /// Number of whole entries.
    fn entries(&self) -> io::Result<u64> {
        Ok(self.index.metadata()?.len() / ENTRY as u64)
    }

    fn entry(&self, at: u64) -> io::Result<Entry> {
        let mut bytes = [0; ENTRY];
        self.index.read_exact_at(&mut bytes, at * ENTRY as u64)?;
        Ok(Entry::decode(bytes))
    }

    fn read_entries(&self, at: u64, count: u64) -> io::Result<impl Iterator<Item = Entry>> {
        let mut bytes = vec![0; count as usize * ENTRY];
        self.index.read_exact_at(&mut bytes, at * ENTRY as u64)?;
        let entries: Vec<Entry> =
            bytes.as_chunks::<ENTRY>().0.iter().map(|entry| Entry::decode(*entry)).collect();
        Ok(entries.into_iter())
    }

    /// The first entry that covers bytes behind `offset`.
    fn first_behind(&self, offset: u64, entries: u64) -> io::Result<u64> {
        let (mut low, mut high) = (0, entries);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.entry(middle)?.end > offset { high = middle } else { low = middle + 1 }
        }
        Ok(low)
    }
}

fn join(marks: &mut Vec<Entry>, entry: Entry) {
    match marks.last_mut() {
        Some(last) if (last.ms, last.stream) == (entry.ms, entry.stream) => last.end = entry.end,
        _ => marks.push(entry),
    }
}

/// Where a page that is full ends, relative to its start.
fn page_end(from: u64, bytes: &[u8], marks: &[Entry]) -> u64 {
    let line = memrchr(b'\n', bytes).map_or(0, |at| at as u64 + 1);
    let record = marks.iter().map(|mark| mark.end - from).filter(|&end| end <= bytes.len() as u64).max();
    match line.max(record.unwrap_or(0)) {
        0 => (bytes.len() - incomplete_tail(bytes)) as u64,
        end => end,
    }
}
