//! Query plans: PostgreSQL's `EXPLAIN (FORMAT JSON)` read, timed, judged, compared and put into words. Pure: who
//! runs EXPLAIN, and how safely, is decided elsewhere.

pub mod compare;
pub mod describe;
pub mod fields;
pub mod json;
pub mod judge;
pub mod marks;
pub mod node;
pub mod parse;
mod seq_scan;
pub mod slower;
pub mod text;
pub mod times;
pub mod worst;

pub use node::{Node, Plan};
pub use parse::{ParseError, parse};

#[cfg(test)]
mod tests;
