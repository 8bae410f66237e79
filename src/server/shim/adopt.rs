//! What became of an attempt, told by its directory alone: for a console that was not there. Starts nothing.

use std::fs::{self, TryLockError};
use std::io;
use std::path::Path;

use super::claim::open_lock;
use super::spec::ExitRecord;
use super::{exit, files};

/// The state of an attempt directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No shim has begun here.
    NotStarted,
    /// A shim is at work.
    Running,
    /// The child has ended and its whole log is on disk.
    Ended(ExitRecord),
    /// The shim is gone without an exit record: nobody knows how the child ended, or whether it has. Never re-run.
    Lost {
        /// Process id of the child when the shim noted it: where a person may look for what is still running. It may
        /// belong to somebody else by now.
        child: Option<i32>,
    },
}

/// Looks at a directory and changes nothing. Blocks for microseconds.
///
/// # Errors
/// The directory cannot be read, or its exit record is not one.
pub fn look(dir: &Path) -> io::Result<Found> {
    if let Some(record) = exit::read(dir)? {
        return Ok(Found::Ended(record));
    }
    if dir.join(files::LOST).try_exists()? {
        return Ok(Found::Lost { child: None });
    }
    // The shim takes the lock before it makes the log: without a log, trying the lock could only get in its way.
    if !dir.join(files::OUT).try_exists()? {
        return Ok(Found::NotStarted);
    }
    match open_lock(dir)?.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Ok(Found::Running),
        Err(TryLockError::Error(error)) => Err(error),
        // It may have ended between the two looks.
        Ok(()) => Ok(exit::read(dir)?.map_or_else(|| Found::Lost { child: noted_child(dir) }, Found::Ended)),
    }
}

/// Looks at a directory on behalf of a console that has just started, and settles what is open: a directory whose
/// shim never began is marked, so that a shim that is late cannot begin behind our back.
///
/// # Errors
/// As [`look`], or the mark cannot be written.
pub fn adopt(dir: &Path) -> io::Result<Found> {
    let found = look(dir)?;
    if found != Found::NotStarted || !dir.try_exists()? {
        return Ok(found);
    }
    let lock = open_lock(dir)?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(Found::Running),
        Err(TryLockError::Error(error)) => Err(error),
        Ok(()) if dir.join(files::OUT).try_exists()? => {
            drop(lock);
            look(dir)
        }
        Ok(()) => {
            fs::write(dir.join(files::LOST), b"")?;
            fs::File::open(dir)?.sync_all()?;
            Ok(Found::Lost { child: None })
        }
    }
}

fn noted_child(dir: &Path) -> Option<i32> {
    fs::read_to_string(dir.join(files::LOCK)).ok()?.trim().parse().ok()
}
