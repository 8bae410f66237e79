//! Following a running attempt: one task that hears its bell and says how long the log is, until the attempt ends.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::sleep;

use super::hub::{End, Status};
use super::reader::LogReader;
use crate::server::shim::adopt::{Found, look};
use crate::server::shim::reach::connect;

/// Between two looks at a shim that holds its lock but does not answer.
const AGAIN: Duration = Duration::from_millis(50);

/// Looks at an attempt and follows it if it is running. The task ends with the attempt, or when nobody watches.
pub fn start(dir: &Path, reader: &Arc<LogReader>) -> io::Result<watch::Receiver<Status>> {
    let now = match look(dir)? {
        found @ (Found::Ended(_) | Found::Lost { .. }) => last(found, reader)?,
        Found::Running | Found::NotStarted => Status { committed: reader.committed()?, end: None },
    };
    let follow_on = now.end.is_none();
    let (sender, receiver) = watch::channel(now);
    if follow_on {
        let (dir, reader) = (dir.to_owned(), reader.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = follow(&dir, &reader, &sender) => {}
                () = sender.closed() => {}
            }
        });
    }
    Ok(receiver)
}

async fn follow(dir: &Path, reader: &LogReader, status: &watch::Sender<Status>) {
    loop {
        let heard = match connect(dir).await {
            Ok(bell) => hear(bell, reader, status).await,
            Err(error) => Err(error),
        };
        match look(dir).and_then(|found| last(found, reader)) {
            Ok(end) if end.end.is_some() => {
                status.send_replace(end);
                return;
            }
            Ok(_) => {
                if let Err(error) = heard {
                    tracing::warn!(dir = %dir.display(), %error, "a running shim cannot be heard; trying again");
                }
            }
            Err(error) => {
                tracing::warn!(dir = %dir.display(), %error, "an attempt cannot be looked at; trying again")
            }
        }
        sleep(AGAIN).await;
    }
}

/// Publishes the length after each bell, until the shim hangs up.
async fn hear(mut bell: UnixStream, reader: &LogReader, status: &watch::Sender<Status>) -> io::Result<()> {
    let mut rings = [0; 4096];
    loop {
        // Once before the first bell too: those before the connection were not for us.
        let committed = reader.committed()?;
        status.send_if_modified(|now| {
            let grown = committed > now.committed;
            now.committed = committed.max(now.committed);
            grown
        });
        if bell.read(&mut rings).await? == 0 {
            return Ok(());
        }
    }
}

/// The last word on an attempt whose shim is gone. The length is read after the end was seen, so it is final.
fn last(found: Found, reader: &LogReader) -> io::Result<Status> {
    let end = match found {
        Found::Ended(record) => Some(End::Ended(Arc::new(record))),
        Found::Lost { child } => Some(End::Lost { child }),
        Found::Running | Found::NotStarted => None,
    };
    Ok(Status { committed: reader.whole()?, end })
}
