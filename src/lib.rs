//! Kneeboard walks operators through a PostgreSQL change in the browser. A room may use what stands below it, never above.

pub mod plan;
pub mod run;
pub mod runbook;
pub mod text;
pub mod verdict;

#[cfg(feature = "ssr")]
pub mod server;
