//! Small parts that several pages use. Pure views: data in, markup out.

mod notice;

pub use notice::Notice;
