//! Server functions: what pages read, one a file. Each authorises, asks the console, and answers; rules and SQL live elsewhere.

mod aftercare;
mod home;
mod plans;
mod preflight;
mod refused;
mod run;
mod runbook;
mod step;
mod targets;
mod trouble;

#[cfg(feature = "ssr")]
mod attempt;
#[cfg(feature = "ssr")]
mod caller;

pub use aftercare::{AftercarePage, read_aftercare};
pub use home::{Broken, Home, Offer, read_home};
pub use plans::{Pasted, PlansPage, read_plans};
pub use preflight::{PreflightPage, read_preflight};
pub use refused::{Fields, Refused};
pub use run::{RunPage, read_run};
pub use runbook::{RunbookPage, TargetChoice, read_runbook};
pub use step::{Found, Hit, LogPart, StepPage, read_step};
pub use targets::{TargetCard, TargetsPage, read_targets};
pub use trouble::Trouble;
