//! Who else may read or change a file that the console trusts. Looked at when it starts; what is too open is refused with the line that
//! repairs it, never repaired in silence: whoever opened it may have done so on purpose, and somebody may have been there already.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Bits of a file's mode that must not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// To everybody but the owner: what it holds lets somebody in.
    Secret,
    /// As PostgreSQL asks of its server's key: the owner's alone, or root's and readable by a group.
    /// <https://www.postgresql.org/docs/current/ssl-tcp.html>
    Key,
    /// Others and the group may read it and not change it.
    Kept,
    /// Only strangers may not change it: a team may own it together.
    Shared,
}

#[derive(Debug, thiserror::Error)]
pub enum Open {
    #[error("{path} may be {verb} by others (mode {mode:o}): chmod {change} {path}", path = path.display())]
    Mode { path: PathBuf, verb: &'static str, mode: u32, change: &'static str },
    #[error("{path} cannot be looked at: {error}", path = path.display())]
    Unreadable { path: PathBuf, error: io::Error },
}

impl Closed {
    fn forbidden(self, owner: u32) -> u32 {
        match self {
            Self::Key if owner == 0 => 0o037,
            Self::Secret | Self::Key => 0o077,
            Self::Kept => 0o022,
            Self::Shared => 0o002,
        }
    }
}

/// A file that is not there is closed enough.
///
/// # Errors
/// It is more open than that, with the `chmod` that closes it.
pub fn check(path: &Path, closed: Closed) -> Result<(), Open> {
    let data = match path.metadata() {
        Ok(data) => data,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Open::Unreadable { path: path.to_owned(), error }),
    };
    let mode = data.mode() & 0o777;
    if mode & closed.forbidden(data.uid()) == 0 {
        return Ok(());
    }
    let (verb, change) = match closed {
        Closed::Secret | Closed::Key => ("read", "600"),
        Closed::Kept => ("changed", "go-w"),
        Closed::Shared => ("changed", "o-w"),
    };
    Err(Open::Mode { path: path.to_owned(), verb, mode, change })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_others_may_read_or_change_is_refused_with_the_line_that_repairs_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(check(&path, Closed::Secret).is_ok(), "what is not there");
        write(&path, "x").unwrap();
        for (mode, closed, change) in [
            (0o600, Closed::Secret, None),
            (0o640, Closed::Secret, Some("chmod 600 ")),
            (0o660, Closed::Key, Some("chmod 600 ")),
            (0o644, Closed::Kept, None),
            (0o664, Closed::Kept, Some("chmod go-w ")),
            (0o664, Closed::Shared, None),
            (0o666, Closed::Shared, Some("chmod o-w ")),
        ] {
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let said = check(&path, closed).map_err(|open| open.to_string());
            match change {
                None => assert_eq!(said, Ok(()), "{mode:o} {closed:?}"),
                Some(change) => assert!(said.clone().is_err_and(|said| said.contains(change)), "{said:?}"),
            }
        }
    }
}
