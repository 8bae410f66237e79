//! The shim: the small process that owns a step's child, its log and its exit record, so that both outlive the
//! console (law 4). Most files here run inside that process; `launch`, `adopt` and `reach` are the console's side of
//! the same contract. Reading a log lives in `logs`.
//!
//! An attempt directory (mode 0700, files 0600) holds
//!
//! | file | content |
//! | --- | --- |
//! | `out` | the bytes of stdout and stderr in order of arrival, after masking |
//! | `out.idx` | one [`format::Entry`] an append, written after its bytes |
//! | `exit.json` | the [`ExitRecord`], renamed into place after `out` is on disk: nothing follows it |
//! | `lock` | held with flock(2) by the shim for its life; its text is the child's process id |
//! | `shim.sock` | a byte `.` to the console after each append; `I`, `T` or `K` from it; end of file when the shim ends |
//! | `lost` | somebody found the lock free and no log begun: no shim may start here any more |
//!
//! SIGTERM and SIGINT sent to the shim itself are passed on to the child's group and recorded, so that `kill` from a
//! plain shell is a cancel and never orphans the child; SIGHUP is ignored. Only SIGKILL ends a shim early, and what
//! it leaves behind reads as [`adopt::Found::Lost`].

mod child;
mod claim;
mod cut;
mod door;
mod entry;
mod exit;
mod ladder;
mod mask;
mod pump;
mod signals;
mod spec;
mod work;
mod writer;

pub mod adopt;
pub mod format;
pub mod launch;
pub mod reach;

pub use entry::{dispatch, main};
pub use mask::{MASK, Masker};
pub use spec::{Cause, ExitRecord, Outcome, Rung, SentSignal, ShimSpec};

/// Names of the files of an attempt directory.
pub mod files {
    /// Output bytes.
    pub const OUT: &str = "out";
    /// Index of the appends.
    pub const INDEX: &str = "out.idx";
    /// Exit record.
    pub const EXIT: &str = "exit.json";
    /// Space set aside for the exit record before the child starts.
    pub const EXIT_RESERVED: &str = "exit.json.new";
    /// Lock held while the shim lives.
    pub const LOCK: &str = "lock";
    /// Mark of an attempt that was given up before a shim had begun.
    pub const LOST: &str = "lost";
    /// Doorbell socket.
    pub const SOCKET: &str = "shim.sock";
}
