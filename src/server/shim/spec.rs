//! What the console asks of a shim, and what the shim leaves behind when it ends: the two JSON documents of the
//! contract. How they are acted upon lives elsewhere.

use std::collections::BTreeMap;
use std::path::PathBuf;

use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};

/// One child to run. Travels on the shim's standard input only, because it carries secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShimSpec {
    /// Program and arguments, never pasted into a shell line. A program without a slash is looked up in `env`'s PATH.
    pub argv: Vec<String>,
    /// The complete environment of the child.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Where the child starts; the console's own working directory when absent.
    #[serde(default)]
    pub cwd: Option<PathBuf>,
    /// How long the child may run, in milliseconds, before the ladder of signals begins.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
    /// How long each rung of that ladder waits for the next, in milliseconds.
    pub grace_ms: u64,
    /// Byte strings that must not reach the disk: masked in the output.
    #[serde(default)]
    pub secrets: Vec<String>,
}

/// How an attempt ended. Written once; its presence says that the whole log is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// When the child was started, UTC, milliseconds since 1970.
    pub started_ms: i64,
    /// `started_ms` and how long it took until the child and its output had ended, in milliseconds, whatever was done to the clock.
    pub ended_ms: i64,
    /// What became of the child.
    pub outcome: Outcome,
    /// Length of the log in bytes.
    pub log_bytes: u64,
    /// Output bytes that could not be written (a full disk). The child never noticed.
    pub lost_bytes: u64,
    /// The signals that were sent to the child's group, in order.
    pub signals: Vec<SentSignal>,
    /// The child had ended while some descendant still held its output open; what that wrote later is not in the log.
    pub left_behind: bool,
}

/// What became of a child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// It ended by itself.
    Exited { code: i32 },
    /// It was ended by a signal, named as in signal(7).
    Signalled { signal: String },
    /// Its time was up and the ladder began before it ended, in one of the two ways above.
    TimedOut { code: Option<i32>, signal: Option<String> },
    /// It never ran; the sentence says why.
    NotStarted { error: String },
}

/// A step on the way from a request to an order to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// SIGINT, what Ctrl-C sends.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGKILL.
    Kill,
}

impl Rung {
    /// The byte that asks for this rung on the socket.
    pub fn byte(self) -> u8 {
        match self {
            Self::Interrupt => b'I',
            Self::Terminate => b'T',
            Self::Kill => b'K',
        }
    }

    /// The rung that a byte on the socket asks for, if it asks for one.
    pub fn from_byte(byte: u8) -> Option<Self> {
        [Self::Interrupt, Self::Terminate, Self::Kill].into_iter().find(|rung| rung.byte() == byte)
    }

    /// The next harder rung.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Interrupt => Some(Self::Terminate),
            Self::Terminate => Some(Self::Kill),
            Self::Kill => None,
        }
    }

    /// The signal this rung sends.
    pub fn signal(self) -> Signal {
        match self {
            Self::Interrupt => Signal::SIGINT,
            Self::Terminate => Signal::SIGTERM,
            Self::Kill => Signal::SIGKILL,
        }
    }
}

/// One signal sent to the child's group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentSignal {
    /// When, UTC, milliseconds since 1970.
    pub at_ms: i64,
    /// Which rung.
    pub rung: Rung,
    /// On whose account.
    pub cause: Cause,
}

/// Why a signal was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The console asked through the socket.
    Console,
    /// Somebody sent the same signal to the shim.
    Passed,
    /// The step's time was up.
    Timeout,
    /// The child had ended on a signal of this list, but descendants of it still held the output open.
    Leftover,
}
