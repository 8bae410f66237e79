//! The commands of `kneeboard`, one file each. What they do beyond reading arguments and printing lives in the other rooms.

pub mod token;
pub mod user;

mod print;
