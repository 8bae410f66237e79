//! One of the child's outputs on its way into the log: read, masked, cut into records. Where a record ends is
//! `cut`'s decision; when to read is `work`'s.

use std::io::{self, PipeReader, Read};
use std::time::{Duration, Instant};

use super::cut::record_end;
use super::format::{MAX_RECORD, Stream};
use super::mask::Masker;
use super::work::now_ms;
use super::writer::Writer;

/// How long a writer must be silent before the beginning of a line, such as a prompt, is shown without its end.
const PAUSE: Duration = Duration::from_millis(5);

/// How much one output may bring before the other gets its turn, in bytes.
const TURN: usize = 4 * MAX_RECORD;

/// One output of the child, still open.
pub struct Pump {
    /// The shim's end of the pipe, non-blocking.
    pub reader: PipeReader,
    stream: Stream,
    masker: Masker,
    ready: Vec<u8>,
    /// When the bytes that wait for the rest of their line are shown without it.
    pub quiet_at: Option<Instant>,
}

impl Pump {
    /// A pump for one output.
    pub fn new(reader: PipeReader, stream: Stream, masker: Masker) -> Self {
        Self { reader, stream, masker, ready: Vec::new(), quiet_at: None }
    }

    /// Reads what is there. Gives whether more may come.
    pub fn read(&mut self, scratch: &mut [u8], log: &mut Writer) -> bool {
        let mut taken = 0;
        while taken < TURN {
            match self.reader.read(scratch) {
                Ok(0) => return false,
                Ok(n) => {
                    taken += n;
                    self.masker.push(&scratch[..n], &mut self.ready);
                    self.cut(false, log);
                    if self.ready.is_empty() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if record_end(&self.ready, true) > 0 {
                        // The first moment counts: a writer of single dots must not put off its line for ever.
                        self.quiet_at.get_or_insert_with(|| Instant::now() + PAUSE);
                    }
                    break;
                }
                Err(_) => return false,
            }
        }
        true
    }

    /// The writer has paused: shows all but a character or a secret that has only begun.
    pub fn pause(&mut self, log: &mut Writer) {
        self.cut(true, log);
        self.quiet_at = None;
    }

    /// Nothing more comes: writes all that was held.
    pub fn finish(mut self, log: &mut Writer) {
        self.masker.finish(&mut self.ready);
        self.cut(true, log);
        for rest in self.ready.chunks(MAX_RECORD) {
            log.append(now_ms(), self.stream, rest);
        }
    }

    fn cut(&mut self, quiet: bool, log: &mut Writer) {
        let mut done = 0;
        loop {
            let n = record_end(&self.ready[done..], quiet);
            if n == 0 {
                break;
            }
            log.append(now_ms(), self.stream, &self.ready[done..done + n]);
            done += n;
        }
        if done > 0 {
            self.ready.drain(..done);
            self.quiet_at = None;
        }
    }
}
