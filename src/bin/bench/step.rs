//! What the console adds to a program: one that does nothing, and one that prints 200,000 lines as fast as it can.

use crate::console::Console;
use crate::figure::{Figure, median, percentile};
use crate::run::{Run, step};
use anyhow::ensure;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TRUES: usize = 200;
const SEQS: usize = 10;

pub fn of_true(console: &Console, figures: &mut Vec<Figure>) -> anyhow::Result<()> {
    let steps: Vec<_> = (1..=TRUES).map(|n| step(format!("true-{n}"), &["true"])).collect();
    let mut run = Run::begin(console, "true", &steps)?;
    let (mut bare, mut stepped) = (Vec::new(), Vec::new());
    for (id, _) in &steps {
        bare.push(spawned(&mut Command::new("true"))?);
        let asked = run.start(id)?;
        stepped.push(run.ended()? - asked);
    }
    run.abandon()?;
    figures.push(Figure::ms("`true`, a bare spawn, p50", median(&mut bare)));
    figures.push(Figure::ms("`true` as a step, from asking to ended, p50", median(&mut stepped)).aim(9.0));
    figures.push(Figure::ms("`true` as a step, from asking to ended, p99", percentile(&mut stepped, 99)));
    Ok(())
}

pub fn of_seq(console: &Console, figures: &mut Vec<Figure>) -> anyhow::Result<()> {
    let steps: Vec<_> = (1..=SEQS).map(|n| step(format!("seq-{n}"), &["seq", "1", "200000"])).collect();
    let mut run = Run::begin(console, "seq", &steps)?;
    let (mut bare, mut stepped) = (Vec::new(), Vec::new());
    for (id, _) in &steps {
        bare.push(spawned(Command::new("sh").args(["-c", "seq 1 200000 >/dev/null"]))?);
        let asked = run.start(id)?;
        stepped.push(run.ended()? - asked);
    }
    run.abandon()?;
    let (bare, stepped) = (median(&mut bare), median(&mut stepped));
    figures.push(Figure::ms("`seq 1 200000`, the bare shell", bare));
    figures.push(Figure::ms("`seq 1 200000` as a step, from asking to ended", stepped));
    figures.push(Figure::ms("`seq 1 200000`, what the console adds", stepped.saturating_sub(bare)).aim(25.0));
    Ok(())
}

fn spawned(command: &mut Command) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let status = command.stdin(Stdio::null()).status()?;
    let took = begun.elapsed();
    ensure!(status.success(), "{command:?} failed");
    Ok(took)
}
