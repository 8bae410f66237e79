//! Watching the targets of runs while their steps run: one sampler for each, and who wants to know. Acting on what it sees is the
//! executor's matter.

mod board;
mod readings;
mod sampler;

pub use board::{Latest, Watches};
pub use readings::{Readings, Said};
pub use sampler::{EVERY, Sampler};
