//! `make bench`: how fast the console is on this machine. It starts the release server and uses it over loopback HTTP as browsers and
//! scripts do; what a figure is measured against is measured in the same minutes.

mod console;
mod delay;
mod figure;
mod http;
mod lines;
mod machine;
mod page;
mod printer;
mod run;
mod start;
mod step;
mod viewer;

use anyhow::Context;
use clap::{Parser, Subcommand};
use console::Console;
use figure::Figure;
use std::path::PathBuf;

/// Measures the release build of the console on this machine.
#[derive(Parser)]
struct Bench {
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    /// A database to start runs on, as postgres://user:password@host:port/name; none of the steps looks at it
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    target: Option<String>,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    /// The program of a measured step: prints the time, so often each second, so many times
    #[command(hide = true)]
    Print { rate: u32, times: u32 },
}

fn main() -> anyhow::Result<()> {
    let bench = Bench::parse();
    if let Some(Part::Print { rate, times }) = bench.part {
        return Ok(printer::print(rate, times)?);
    }
    let target =
        bench.target.context("no database: name one with --target, or start this with `make bench`")?;
    let dir = tempfile_dir()?;
    let figures = measure(&dir, &target);
    std::fs::remove_dir_all(&dir)?;
    let (machine, figures) = figures?;
    if bench.json {
        figure::print_json(&machine, &figures)
    } else {
        figure::print_table(&machine, &figures)
    }
    Ok(())
}

/// Beside the program, where the disk is that a console would write to; `/tmp` may be memory.
fn tempfile_dir() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let dir = program.with_file_name(format!("bench-{}", std::process::id()));
    std::fs::create_dir(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    Ok(dir)
}

fn measure(dir: &std::path::Path, target: &str) -> anyhow::Result<(String, Vec<Figure>)> {
    let machine = machine::line(dir)?;
    let mut figures = start::measure(dir, target)?;
    let console = Console::start(dir, target)?;
    page::first_pages(&console, &mut figures)?;
    let idle = console.memory("VmRSS")?;
    figures.push(Figure::new("memory of the server, idle", "MB", idle).aim(30.0));
    step::of_true(&console, &mut figures)?;
    step::of_seq(&console, &mut figures)?;
    delay::measure(&console, &mut figures)?;
    lines::measure(&console, &mut figures)?;
    figures.push(Figure::new("memory of the server, at most under all this", "MB", console.memory("VmHWM")?));
    page::run_page(&console, &mut figures)?;
    Ok((machine, figures))
}
