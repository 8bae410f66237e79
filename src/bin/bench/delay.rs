//! From a printed line to its viewers, at 20 lines a second.

use crate::console::Console;
use crate::figure::{Figure, percentile};
use crate::printer::{DIGITS, MARK};
use crate::run::{Run, step};
use crate::viewer::{Viewer, now_ns};
use anyhow::{Context, ensure};
use std::thread;
use std::time::Duration;

const RATE: u32 = 20;
const LINES: u32 = 300;

pub fn measure(console: &Console, figures: &mut Vec<Figure>) -> anyhow::Result<()> {
    let program = std::env::current_exe()?;
    let program = program.to_str().context("a path in UTF-8")?;
    let print = [program, "print", &RATE.to_string(), &LINES.to_string()];
    let steps = [step("delay-1", &print), step("delay-50", &print)];
    let mut run = Run::begin(console, "delay", &steps)?;
    for (id, viewers, aims) in [("delay-1", 1, [0.4, 2.0]), ("delay-50", 50, [2.0, 4.0])] {
        let mut delays = with(&mut run, id, viewers)?;
        for (of_hundred, aim) in [50, 99].into_iter().zip(aims) {
            let what = format!("a printed line to {}, p{of_hundred}", told(viewers));
            figures.push(Figure::ms(what, percentile(&mut delays, of_hundred)).aim(aim));
        }
    }
    run.abandon()
}

pub fn told(viewers: usize) -> String {
    if viewers == 1 { "1 viewer".to_owned() } else { format!("each of {viewers} viewers") }
}

fn with(run: &mut Run, id: &str, viewers: usize) -> anyhow::Result<Vec<Duration>> {
    let cursor = run.seq()?.to_string();
    let mut watching = Vec::new();
    for _ in 0..viewers {
        let mut viewer = run.viewer(&cursor)?;
        viewer.ask()?;
        viewer.begun()?;
        watching.push(thread::spawn(move || delays(viewer)));
    }
    run.start(id)?;
    run.ended()?;
    let mut all = Vec::new();
    for viewer in watching {
        let delays = viewer.join().map_err(|_| anyhow::anyhow!("a viewer broke down"))??;
        ensure!(delays.len() == LINES as usize, "{} of {LINES} lines came", delays.len());
        all.extend(delays);
    }
    Ok(all)
}

/// Of each line, when its last digit was here.
fn delays(mut viewer: Viewer) -> anyhow::Result<Vec<Duration>> {
    let (mut delays, mut rest) = (Vec::new(), Vec::new());
    while delays.len() < LINES as usize {
        let bytes = viewer.read()?;
        let now = now_ns();
        rest.extend_from_slice(bytes);
        while let Some(at) = memchr::memchr(MARK, &rest) {
            let Some(digits) = rest.get(at + 1..at + 1 + DIGITS) else { break };
            let printed: u64 = std::str::from_utf8(digits)?.parse()?;
            delays.push(Duration::from_nanos(now.saturating_sub(printed)));
            rest.drain(..at + 1 + DIGITS);
        }
    }
    Ok(delays)
}
