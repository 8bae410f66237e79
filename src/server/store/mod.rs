//! The console's own state: runs and their events, and the people (whose statements are in `auth`). SQLite or PostgreSQL, through
//! the same statements.

mod open;
mod runs;

pub use open::{OpenError, Store};
pub use runs::AppendError;
