//! Kneeboard.

pub mod text;
