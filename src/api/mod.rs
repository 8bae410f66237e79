//! What pages read, one a file: for live pages as server functions, which the open page calls again. Each authorises, asks the console, and answers; rules and SQL live elsewhere.

mod aftercare;
mod home;
mod plans;
mod refused;
mod run;
mod step;
mod trouble;

#[cfg(feature = "ssr")]
mod attempt;
#[cfg(feature = "ssr")]
pub mod caller;
#[cfg(feature = "ssr")]
mod provider;
#[cfg(feature = "ssr")]
pub mod still;

pub use aftercare::{AftercarePage, read_aftercare};
pub use home::{Broken, Home, Offer, read_home};
pub use plans::{Pasted, PlansPage, read_plans};
#[cfg(feature = "ssr")]
pub use provider::Provider;
pub use refused::{Fields, Refused};
pub use run::{RunPage, read_run};
pub use step::{Found, Hit, LogPart, StepPage, read_step};
pub use trouble::Trouble;
