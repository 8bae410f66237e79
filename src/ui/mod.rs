//! Pages and their parts, the same on the server and in the browser. No rules and no SQL: what may be done is asked of
//! `run::decide`, where a run stands of `run::view`, and data comes through `api`.

mod app;
mod live;
mod pages;
mod parts;
pub mod plan;
#[cfg(feature = "ssr")]
mod shell;

pub use crate::api::{Fields, Refused};
pub use app::{LivePages, LivePagesProps};
#[cfg(feature = "ssr")]
pub use shell::shell;
