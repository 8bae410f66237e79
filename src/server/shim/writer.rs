//! Appending to `out` and `out.idx`, also when the disk is full. Knows nothing of pipes, secrets or lines.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::format::{ENTRY, Entry, Stream};

/// The log of one attempt, being written. Only what an index entry covers is part of it.
pub struct Writer {
    out: File,
    index: File,
    end: u64,
    entries: u64,
    lost: u64,
    gap: u64,
}

impl Writer {
    /// A log in two empty files.
    pub fn new(out: File, index: File) -> Self {
        Self { out, index, end: 0, entries: 0, lost: 0, gap: 0 }
    }

    /// Length of the log in bytes.
    pub fn len(&self) -> u64 {
        self.end
    }

    /// How many bytes could not be written.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Appends one record. Never fails: a record that cannot be written (a full disk) is counted, so that the child
    /// is never stopped by its log, and a line in the log tells of the gap as soon as there is room again.
    pub fn append(&mut self, ms: i64, stream: Stream, bytes: &[u8]) {
        if self.mend(ms).and_then(|()| self.commit(ms, stream, bytes)).is_err() {
            self.lost += bytes.len() as u64;
            self.gap += bytes.len() as u64;
        }
    }

    /// Writes what is still to be said and brings the log to disk.
    pub fn close(&mut self, ms: i64) -> io::Result<()> {
        // The exit record counts the lost bytes in any case; the line in the log is a courtesy.
        let _ = self.mend(ms);
        if self.end > 0 {
            self.out.sync_data()?;
            self.index.sync_data()?;
        }
        Ok(())
    }

    fn mend(&mut self, ms: i64) -> io::Result<()> {
        if self.gap > 0 {
            let line =
                format!("\nkneeboard: {} bytes of output are missing here, the disk was full\n", self.gap);
            self.commit(ms, Stream::Err, line.as_bytes())?;
            self.gap = 0;
        }
        Ok(())
    }

    fn commit(&mut self, ms: i64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        let end = self.end + bytes.len() as u64;
        let entry = Entry { end, ms, stream }.encode();
        let at = self.entries * ENTRY as u64;
        let written =
            self.out.write_all_at(bytes, self.end).and_then(|()| self.index.write_all_at(&entry, at));
        if let Err(error) = written {
            // A part of a record is worse than none: a reader would take it for the beginning of the next.
            let _ = self.index.set_len(at);
            let _ = self.out.set_len(self.end);
            return Err(error);
        }
        self.end = end;
        self.entries += 1;
        Ok(())
    }
}
