//! The pages, one a room: the live ones, which go on working in the open browser, and the still ones.

mod aftercare;
mod home;
mod not_found;
mod plans;
mod run;
#[cfg(feature = "ssr")]
pub mod still;

pub use aftercare::AftercarePage;
pub use home::HomePage;
pub use not_found::NotFoundPage;
pub use plans::PlansPage;
pub use run::RunPage;
