//! What can be known of a runbook and a target before a run is started: what will run, which locks it takes, and what is wrong with
//! it. Pure: the target and the programs are asked in `server::preflight`.

pub mod lock;
pub mod report;

#[cfg(feature = "ssr")]
pub mod advice;
#[cfg(feature = "ssr")]
pub mod alembic;
#[cfg(feature = "ssr")]
pub mod catalogue;
#[cfg(feature = "ssr")]
pub mod collect;
#[cfg(feature = "ssr")]
pub mod concurrently;
#[cfg(feature = "ssr")]
pub mod index;
#[cfg(feature = "ssr")]
pub mod indexes;
#[cfg(feature = "ssr")]
pub mod lint;
#[cfg(feature = "ssr")]
pub mod name;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod source;
#[cfg(feature = "ssr")]
pub mod statement;

pub use lock::Lock;
pub use report::{Part, Place, Remark, Report, Weight};
