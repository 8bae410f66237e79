//! Text for people: terminal output to lines and spans, sizes, durations, clock times. Pure: no I/O, no clock
//! of its own, the same in the server and in the browser.

pub mod ansi;
pub mod clock;
pub mod duration;
pub mod grid;
pub mod identifier;
pub mod lines;
pub mod number;
pub mod one_line;
pub mod size;
pub mod utf8;
