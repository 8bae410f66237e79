//! The machine in one line, with what its disk and its other work do to the figures.

use crate::figure::median;
use std::fs::{File, read_to_string};
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

/// # Errors
/// The folder cannot be written to.
pub fn line(dir: &Path) -> io::Result<String> {
    let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism()?;
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let fsync = fsync(dir)?;
    Ok(format!(
        "{model}, {cores} cores, Linux {}, fsync {fsync:.2} ms, load average at the start {load}, kneeboard {}",
        kernel.trim(),
        env!("CARGO_PKG_VERSION")
    ))
}

/// Milliseconds that one takes.
fn fsync(dir: &Path) -> io::Result<f64> {
    let mut file = File::create(dir.join("fsync"))?;
    let mut times = Vec::new();
    for _ in 0..50 {
        file.write_all(&[0; 512])?;
        let begun = Instant::now();
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    Ok(median(&mut times).as_secs_f64() * 1e3)
}
