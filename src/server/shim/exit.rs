//! The exit record's way to disk and back: space kept for it beforehand, one atomic rename at the end.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::posix_fallocate;

use super::files;
use super::spec::ExitRecord;

/// More than a record needs, and one block of most file systems.
const RESERVED: i64 = 4096;

/// Space for an exit record that a full disk cannot take away any more.
pub struct Reserved {
    dir: PathBuf,
    file: File,
}

impl Reserved {
    /// Sets the space aside in an attempt directory.
    pub fn new(dir: &Path) -> io::Result<Self> {
        let mut options = File::options();
        let file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(dir.join(files::EXIT_RESERVED))?;
        posix_fallocate(&file, 0, RESERVED)?;
        Ok(Self { dir: dir.to_owned(), file })
    }

    /// Puts the record in place, for good and on disk.
    pub fn seal(mut self, record: &ExitRecord) -> io::Result<()> {
        let json = serde_json::to_vec(record)?;
        self.file.write_all(&json)?;
        self.file.set_len(json.len() as u64)?;
        self.file.sync_data()?;
        fs::rename(self.dir.join(files::EXIT_RESERVED), self.dir.join(files::EXIT))?;
        File::open(&self.dir)?.sync_all()
    }
}

/// The exit record of an attempt directory, if it has one yet.
pub fn read(dir: &Path) -> io::Result<Option<ExitRecord>> {
    match fs::read(dir.join(files::EXIT)) {
        Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
