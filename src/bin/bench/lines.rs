//! 200,000 lines to viewers as fast as they take them: while they are printed, and again afterwards. Every byte is compared.

use crate::console::Console;
use crate::delay::told;
use crate::figure::{Figure, median};
use crate::run::{Run, step};
use crate::viewer::Viewer;
use anyhow::{Context, ensure};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

const LINES: u32 = 200_000;
const TIMES: usize = 5;

pub fn measure(console: &Console, figures: &mut Vec<Figure>) -> anyhow::Result<()> {
    let id = |viewers: usize, n: usize| format!("lines-{viewers}-{n}");
    let counts = [(1, 3.0), (50, 1.0)];
    let steps: Vec<_> = counts
        .into_iter()
        .flat_map(|(viewers, _)| {
            (0..TIMES).map(move |n| step(id(viewers, n), &["seq", "1", &LINES.to_string()]))
        })
        .collect();
    let mut run = Run::begin(console, "lines", &steps)?;
    for (viewers, aim) in counts {
        let (mut live, mut again) = (Vec::new(), Vec::new());
        for n in 0..TIMES {
            live.push(while_printed(&mut run, &id(viewers, n), viewers)?);
            again.push(afterwards(&run, &id(viewers, n), viewers)?);
        }
        let told = told(viewers);
        figures.push(rate(format!("200,000 lines to {told}, printed before"), &mut again).aim_for(aim));
        figures.push(rate(format!("200,000 lines to {told}, from asking for the step"), &mut live));
    }
    run.abandon()
}

/// Of the slowest viewer.
fn rate(what: String, times: &mut [Duration]) -> Figure {
    Figure::new(what, "M lines/s", f64::from(LINES) / median(times).as_secs_f64() / 1e6)
}

fn while_printed(run: &mut Run, id: &str, viewers: usize) -> anyhow::Result<Duration> {
    let cursor = run.seq()?.to_string();
    let mut watching = Vec::new();
    for _ in 0..viewers {
        let mut viewer = run.viewer(&cursor)?;
        viewer.ask()?;
        viewer.begun()?;
        watching.push(thread::spawn(move || viewer.read_log().map(|ended| (ended, viewer))));
    }
    let asked = run.start(id)?;
    let slowest = slowest(watching)? - asked;
    run.ended()?;
    Ok(slowest)
}

fn afterwards(run: &Run, id: &str, viewers: usize) -> anyhow::Result<Duration> {
    let cursor = format!("{}/{id}.1@0", run.seq()?);
    let together = Arc::new(Barrier::new(viewers + 1));
    let mut watching = Vec::new();
    for _ in 0..viewers {
        let (mut viewer, together) = (run.viewer(&cursor)?, together.clone());
        watching.push(thread::spawn(move || {
            together.wait();
            viewer.ask()?;
            viewer.read_log().map(|ended| (ended, viewer))
        }));
    }
    together.wait();
    let asked = Instant::now();
    Ok(slowest(watching)? - asked)
}

type Watching = thread::JoinHandle<std::io::Result<(Instant, Viewer)>>;

fn slowest(watching: Vec<Watching>) -> anyhow::Result<Instant> {
    let expected: String = (1..=LINES).map(|n| format!("{n}\n")).collect();
    // All of them first: taking the output apart would slow the others down.
    let ended: Vec<_> = watching.into_iter().map(thread::JoinHandle::join).collect();
    let mut slowest = None;
    for viewer in ended {
        let (ended, viewer) = viewer.map_err(|_| anyhow::anyhow!("a viewer broke down"))??;
        ensure!(viewer.output()? == expected.as_bytes(), "a viewer did not get every byte once");
        slowest = slowest.max(Some(ended));
    }
    slowest.context("no viewers")
}
