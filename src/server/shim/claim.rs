//! Taking an attempt directory: one shim, once, ever. What is then run in it lives in `work`.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::exit::Reserved;
use super::files;
use super::writer::Writer;

/// The proof that this process alone works in a directory. The lock goes with the process, not with a file, so
/// nothing has to be cleaned up after a crash.
pub struct Claim {
    /// Held open, and so locked, until the process ends. Holds the child's process id as text.
    pub lock: File,
    /// The log to write.
    pub log: Writer,
    /// Space for the exit record.
    pub exit: Reserved,
}

impl Claim {
    /// Takes a directory that no shim ever worked in.
    ///
    /// # Errors
    /// A sentence: another shim is or was here, or the files cannot be made.
    pub fn take(dir: &Path) -> Result<Self, String> {
        let failed = |what: &str, error: io::Error| format!("{}: cannot {what}: {error}", dir.display());
        let lock = open_lock(dir).map_err(|e| failed("open the lock", e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!("{}: another shim is at work here", dir.display()));
            }
            Err(TryLockError::Error(error)) => return Err(failed("take the lock", error)),
        }
        for trace in [files::OUT, files::EXIT, files::LOST] {
            if dir.join(trace).exists() {
                return Err(format!("{}: `{trace}` exists: an attempt runs once only", dir.display()));
            }
        }
        let create =
            |name| File::options().read(true).write(true).create_new(true).mode(0o600).open(dir.join(name));
        let index = create(files::INDEX).map_err(|e| failed("create the index", e))?;
        let out = create(files::OUT).map_err(|e| failed("create the log", e))?;
        let exit = Reserved::new(dir).map_err(|e| failed("set space aside for the exit record", e))?;
        Ok(Self { lock, log: Writer::new(out, index), exit })
    }
}

/// Opens (makes) the lock file of an attempt directory without taking the lock.
pub fn open_lock(dir: &Path) -> io::Result<File> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(dir.join(files::LOCK))
}
