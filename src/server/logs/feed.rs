//! One viewer's way through a log: it pulls, at its own pace, and nobody waits for it.

use std::io;
use std::sync::Arc;

use tokio::sync::watch;

use super::encode::Chunk;
use super::hub::{AttemptLog, End, Status};

/// What a viewer gets next.
#[derive(Clone, Debug)]
pub enum FeedItem {
    /// More output.
    Chunk(Chunk),
    /// All output was given, and no more will come.
    End(End),
}

/// A viewer's place in a log.
pub struct Feed {
    log: Arc<AttemptLog>,
    status: watch::Receiver<Status>,
    at: u64,
    over: bool,
}

impl Feed {
    pub(super) fn new(log: Arc<AttemptLog>, from: u64) -> Self {
        let status = log.watch();
        Self { log, status, at: from, over: false }
    }

    /// Offset of the next byte: where to resume.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Waits for what comes next: chunks without gap or repeat, then one end, then nothing. May be dropped while
    /// waiting (`select!`, `timeout`) without losing anything.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn next(&mut self) -> io::Result<Option<FeedItem>> {
        loop {
            let now = self.status.borrow_and_update().clone();
            if self.at < now.committed {
                let chunk = self.log.chunk(self.at, now.committed)?;
                self.at = chunk.to;
                return Ok(Some(FeedItem::Chunk(chunk)));
            }
            if self.over {
                return Ok(None);
            }
            if let Some(end) = now.end {
                self.over = true;
                return Ok(Some(FeedItem::End(end)));
            }
            if self.status.changed().await.is_err() {
                return Ok(None);
            }
        }
    }
}
