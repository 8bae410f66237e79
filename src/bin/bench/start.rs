//! From the start of the server's process to its first answer.

use crate::console::Console;
use crate::figure::{Figure, median};
use crate::http::Http;
use anyhow::ensure;
use std::path::Path;
use std::time::{Duration, Instant};

const TIMES: usize = 20;

/// Also makes the state, which a first start does once.
pub fn measure(dir: &Path, target: &str) -> anyhow::Result<Vec<Figure>> {
    first_answer(dir, target)?;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        times.push(first_answer(dir, target)?);
    }
    Ok(vec![Figure::ms("start to the first 200", median(&mut times)).aim(50.0)])
}

fn first_answer(dir: &Path, target: &str) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let console = Console::start(dir, target)?;
    while begun.elapsed() < Duration::from_secs(30) {
        if let Ok(mut http) = Http::open(console.address, &console.token) {
            ensure!(http.get("/healthz", "")?.status == 200, "the console is not well");
            return Ok(begun.elapsed());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    anyhow::bail!("the server did not answer within 30 s")
}
