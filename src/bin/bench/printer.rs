//! A program that prints the time: what the delay to a viewer is measured with.

use crate::viewer::now_ns;
use std::io::{self, Write};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Stands before each time, and nowhere else in the stream.
pub const MARK: u8 = b'#';

/// Digits of a time in nanoseconds since 1970, until the year 2286.
pub const DIGITS: usize = 19;

/// # Errors
/// Nobody reads any more.
pub fn print(rate: u32, times: u32) -> io::Result<()> {
    let (begun, between) = (Instant::now(), Duration::from_secs(1) / rate.max(1));
    for n in 0..times {
        sleep((begun + between * n).saturating_duration_since(Instant::now()));
        // One write a line, as programs do that print to be watched.
        let line = format!("{}{}\n", char::from(MARK), now_ns());
        io::stdout().write_all(line.as_bytes())?;
        io::stdout().flush()?;
    }
    Ok(())
}
