//! Aftercare on the server: the counters at the change, kept beside the attempts, and the looks at the target since. What is made of
//! them is `crate::aftercare`'s matter.

mod base;
mod sampler;

pub use base::{Base, COUNTERS, base, keep};
pub use sampler::{Sample, Sampler};
