//! What still pages show: read on the server while the answer waits.

mod notifications;
mod preflight;
mod report;
mod runbook;
mod second_factor;
mod sessions;
mod sign;
mod targets;

pub use notifications::{NotificationsPage, read_notifications};
pub use preflight::{PreflightPage, read_preflight};
pub use report::{ReportPage, read_report};
pub use runbook::{RunbookPage, TargetChoice, read_runbook};
pub use second_factor::{SecondFactorPage, Secret as FactorSecret, Stands, read_second_factor};
pub use sessions::{SessionsPage, read_sessions};
pub use sign::{SignPage, read_sign};
pub use targets::{TargetCard, TargetsPage, read_targets};
