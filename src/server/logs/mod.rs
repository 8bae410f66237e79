//! Reading and following the logs that shims write: bytes at an offset (law 6). Viewers pull; nothing here can slow
//! the writer. Writing, and the meaning of the files, live in `shim`.
//!
//! What a crash can leave, and how it reads:
//! - An index entry that is not whole is not there: its bytes count as not yet indexed.
//! - Bytes behind the last entry are unseen while a shim is at work, because their entry is on its way. Once it is
//!   gone they are read as one last record of standard output, so nothing that reached the disk is lost.
//! - An entry that points behind the end of `out` (a machine that lost power) counts as far as `out` goes.

pub mod dir;
pub mod download;
pub mod encode;
pub mod error;
pub mod feed;
pub mod hub;
pub mod lines;
pub mod pages;
pub mod reader;
pub mod sse;

mod follow;
mod ring;

pub use dir::AttemptDir;
pub use error::LogError;
pub use feed::{Feed, FeedItem};
pub use hub::{AttemptLog, End, LogHub, Status};
pub use reader::{LogReader, Page, Record};
