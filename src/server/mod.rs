//! The list of the rooms that exist only in the server build. No code of its own lives here.

pub mod aftercare;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod console;
pub mod evidence;
pub mod executor;
pub mod intent;
pub mod logs;
mod modes;
pub mod notify;
pub mod oidc;
pub mod preflight;
pub mod shim;
pub mod store;
pub mod target;
pub mod watch;
pub mod web;
pub mod worker;
