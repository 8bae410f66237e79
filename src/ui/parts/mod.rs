//! Small parts that several pages use. Pure views: data in, markup out.

mod ask;
mod challenge;
mod delegation;
pub mod environment;
mod factor;
mod intent;
mod masthead;
mod notice;
mod sign;
pub mod when;

pub use ask::{Ask, Field, Seen, WATCHING};
pub use challenge::{challenge, second_persons};
pub use delegation::{delegate, passed_on};
#[cfg(feature = "ssr")]
pub use factor::code_input;
pub use factor::factor;
pub use intent::{intent, moved};
pub use masthead::masthead;
pub use notice::{Notice, trouble};
pub use sign::Sign;
