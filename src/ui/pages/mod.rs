//! The pages, one a room.

mod aftercare;
mod home;
mod login;
mod not_found;
mod plans;
mod preflight;
mod run;
mod runbook;
mod targets;

pub use aftercare::AftercarePage;
pub use home::HomePage;
pub use login::LoginPage;
pub use not_found::NotFoundPage;
pub use plans::PlansPage;
pub use preflight::PreflightPage;
pub use run::RunPage;
pub use runbook::RunbookPage;
pub use targets::TargetsPage;
