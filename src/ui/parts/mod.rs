//! Small parts that several pages use. Pure views: data in, markup out.

mod ask;
pub mod environment;
mod intent;
mod masthead;
mod notice;
mod sign;
pub mod when;

pub use ask::{Ask, Field, Seen, WATCHING};
pub use intent::{intent, moved};
pub use masthead::masthead;
pub use notice::{Notice, trouble};
pub use sign::Sign;
