//! Kneeboard.
