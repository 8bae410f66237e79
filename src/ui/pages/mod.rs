//! The pages, one a room.

mod login;
mod not_found;

pub use login::LoginPage;
pub use not_found::NotFoundPage;
