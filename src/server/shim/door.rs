//! The socket of an attempt directory: the shim's side, and how the console reaches it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use super::files;
use super::spec::Rung;

/// More consoles than there will ever be; beyond it a connection is refused rather than a descriptor spent.
const MOST_CALLERS: usize = 64;

/// What the shim sends after an append.
const BELL: &[u8] = b".";

/// The short name of a socket: a socket's address holds 108 bytes, a state directory's path may be longer.
pub struct Address {
    dir: File,
}

impl Address {
    /// The socket in an attempt directory.
    pub fn of(dir: &Path) -> io::Result<Self> {
        Ok(Self { dir: File::open(dir)? })
    }

    /// Good for this process, and for as long as the address lives.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}/{}", self.dir.as_raw_fd(), files::SOCKET))
    }
}

/// The shim's end of the socket, and the consoles that have called.
pub struct Door {
    /// Where callers come in.
    pub listener: UnixListener,
    /// Those who did.
    pub callers: Vec<UnixStream>,
}

impl Door {
    /// Opens the door of an attempt directory.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let address = Address::of(dir)?;
        let listener = UnixListener::bind(address.path())?;
        std::fs::set_permissions(address.path(), PermissionsExt::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, callers: Vec::new() })
    }

    /// Lets everybody in who waits outside, with a ring for what was appended while they did: they may have looked before it.
    pub fn admit(&mut self) {
        while let Ok((mut caller, _)) = self.listener.accept() {
            if self.callers.len() < MOST_CALLERS && caller.set_nonblocking(true).is_ok() {
                let _ = caller.write(BELL);
                self.callers.push(caller);
            }
        }
    }

    /// Tells every caller that the log has grown. One who does not listen already has a bell waiting.
    pub fn ring(&self) {
        for mut caller in &self.callers {
            let _ = caller.write(BELL);
        }
    }

    /// What the callers ask for; those who have hung up are let go.
    pub fn asked(&mut self) -> Vec<Rung> {
        let mut rungs = Vec::new();
        let mut bytes = [0; 64];
        self.callers.retain(|mut caller| match caller.read(&mut bytes) {
            Ok(0) => false,
            Ok(n) => {
                rungs.extend(bytes[..n].iter().filter_map(|&byte| Rung::from_byte(byte)));
                true
            }
            Err(error) => matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted),
        });
        rungs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_let_in_late_hears_of_what_came_meanwhile() {
        let dir = tempfile::TempDir::new().unwrap();
        let mut door = Door::open(dir.path()).unwrap();
        let mut caller = UnixStream::connect(Address::of(dir.path()).unwrap().path()).unwrap();
        // The caller looks at the log; then it grows, and nothing more comes for an hour.
        door.ring();
        door.admit();
        caller.set_nonblocking(true).unwrap();
        assert_eq!(caller.read(&mut [0; 8]).unwrap(), 1);
    }
}
