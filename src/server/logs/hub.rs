//! One shared view of each log that somebody looks at: its length, its end, and its encoded chunks.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::dir::AttemptDir;
use super::encode::{Chunk, Encoder};
use super::error::LogError;
use super::feed::Feed;
use super::follow;
use super::reader::LogReader;
use super::ring::Ring;
use crate::server::shim::ExitRecord;

/// Largest piece of output that is sent at once, in bytes before encoding.
pub const CHUNK: usize = 64 * 1024;

/// How long a log may take to appear in a directory that was just made.
const APPEARING: Duration = Duration::from_secs(2);

/// How long a log is, and whether more can come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Committed length in bytes. Never shrinks.
    pub committed: u64,
    /// Set once, with the final length.
    pub end: Option<End>,
}

/// Why nothing more will come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The child has ended and the whole log is on disk.
    Ended(Arc<ExitRecord>),
    /// The shim is gone without an exit record. `child` as in [`crate::server::shim::adopt::Found::Lost`].
    Lost { child: Option<i32> },
}

/// The logs that somebody looks at. Cloning gives the same hub.
#[derive(Clone, Default)]
pub struct LogHub {
    logs: Arc<Mutex<HashMap<PathBuf, Weak<AttemptLog>>>>,
}

/// One log that somebody looks at. Followed while anybody holds it.
pub struct AttemptLog {
    reader: Arc<LogReader>,
    encoder: Encoder,
    ring: Mutex<Ring>,
    status: watch::Receiver<Status>,
}

impl LogHub {
    /// A hub without logs.
    pub fn new() -> Self {
        Self::default()
    }

    /// The log of an attempt. All who ask while one of them still holds it share it.
    ///
    /// # Errors
    /// [`LogError::NotBegun`] when no shim has begun there, also after a moment's wait if the directory exists.
    pub async fn open(&self, attempt: &AttemptDir) -> Result<Arc<AttemptLog>, LogError> {
        let deadline = Instant::now() + APPEARING;
        loop {
            match self.share(attempt) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => return Ok(result?),
            }
            if Instant::now() >= deadline || !attempt.path().try_exists()? {
                return Err(LogError::NotBegun);
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    fn share(&self, attempt: &AttemptDir) -> io::Result<Arc<AttemptLog>> {
        let mut logs = lock(&self.logs);
        if let Some(log) = logs.get(attempt.path()).and_then(Weak::upgrade) {
            return Ok(log);
        }
        let reader = Arc::new(LogReader::open(attempt.path())?);
        let status = follow::start(attempt.path(), &reader)?;
        let (encoder, ring) = (Encoder::new(attempt), Mutex::default());
        let log = Arc::new(AttemptLog { reader, encoder, ring, status });
        logs.retain(|_, log| log.strong_count() > 0);
        logs.insert(attempt.path().to_owned(), Arc::downgrade(&log));
        Ok(log)
    }
}

impl AttemptLog {
    /// How long the log is now, and whether more can come.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// The doorbell: changes whenever the log grows or ends.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Waits for the end of the attempt. The log is complete by then.
    pub async fn ended(&self) -> End {
        let mut status = self.status.clone();
        let ended = status.wait_for(|status| status.end.is_some()).await;
        // The follower never leaves without having said the end, unless the runtime is being shut down.
        ended.ok().and_then(|status| status.end.clone()).unwrap_or(End::Lost { child: None })
    }

    /// Raw access: tail, pages, search.
    pub fn reader(&self) -> &LogReader {
        &self.reader
    }

    /// How this log's pages are written as JSON.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// One viewer's way through the log, from an offset on.
    ///
    /// # Errors
    /// [`LogError::Beyond`] for an offset that the log has not reached.
    pub fn feed(self: &Arc<Self>, from: u64) -> Result<Feed, LogError> {
        let length = self.status.borrow().committed;
        match from <= length {
            true => Ok(Feed::new(self.clone(), from)),
            false => Err(LogError::Beyond { from, length }),
        }
    }

    /// The chunk that begins at an offset, of at least one byte, in a log that is `length` long. The lock is kept
    /// while encoding: fifty viewers who wake at once have it done once.
    pub(super) fn chunk(&self, from: u64, length: u64) -> io::Result<Chunk> {
        let mut ring = lock(&self.ring);
        if let Some(chunk) = ring.get(from, length) {
            return Ok(chunk);
        }
        let upto = ring.meeting_point(from).unwrap_or(length);
        let chunk = self.encoder.chunk(&self.reader.page(from, upto, CHUNK)?);
        ring.put(chunk.clone());
        Ok(chunk)
    }
}

/// What is guarded is whole after each statement, so a panic elsewhere does not make it unusable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
