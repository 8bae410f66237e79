//! A run is its events. `event` says what can happen, `state` folds it, `command` says what can be asked, `decide` is the one
//! place that answers. Pure: the same code compiles into the server and into the browser.

pub mod actor;
pub mod ask;
pub mod budget;
pub mod capability;
pub mod challenge;
pub mod choice;
pub mod command;
pub mod controls;
pub mod cursor;
pub mod decide;
pub mod event;
pub mod id;
pub mod intent;
pub mod ledger;
pub mod notification;
pub mod readiness;
pub mod reading;
pub mod refusal;
pub mod remedy;
pub mod result;
pub mod sealed;
pub mod state;
pub mod summary;
pub mod table;
pub mod telling;
#[cfg(test)]
pub mod tests;
pub mod to_sign;
pub mod view;
pub mod wants;
pub mod window;
pub mod writes;

pub use actor::{Actor, Grant, Permission, Place, Proof};
pub use command::{Command, Envelope};
pub use decide::{decide, decide_start};
pub use event::{Body, Event};
pub use id::{Ms, RunId, Seq};
pub use reading::{Reading, Verdict};
pub use refusal::Refusal;
pub use state::RunState;
pub use summary::RunSummary;
