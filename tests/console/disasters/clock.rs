//! The clock of the console's machine is set while a step runs: an hour back, then three hours ahead. libfaketime stands between.

use super::textloom::{
    console, end, fill, nothing_is_left, page, roll_back, says_what_the_database_says, step,
};
use super::writer::{Writer, nothing_is_lost};
use crate::console::Console;
use crate::killed::waits_for_lock;
use crate::migrations::old_transaction;
use crate::runbooks::{phase, shell};
use crate::support::{Database, execute};
use kneeboard::run::event::{Body, Known};
use kneeboard::run::view::StepStatus;
use std::path::{Path, PathBuf};

const HOUR: i64 = 3_600_000;

fn libfaketime() -> String {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let found = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    found.expect("libfaketime is missing: `make test` installs it").to_str().unwrap().to_owned()
}

impl Console {
    /// The server starts again with a clock that is the machine's plus what stands in the file.
    fn serve_with_a_clock(&mut self) -> PathBuf {
        self.kill();
        let file = self.path("clock");
        set(&file, "+0");
        let preload = format!("LD_PRELOAD={}", libfaketime());
        let from = format!("FAKETIME_TIMESTAMP_FILE={}", file.display());
        let within =
            ["env", &preload, &from, "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1"].map(str::to_owned);
        self.serve_within(&within);
        file
    }
}

/// Renamed into its place: a clock that is half written would be none.
fn set(clock: &Path, offset: &str) {
    let new = clock.with_extension("new");
    std::fs::write(&new, offset).unwrap();
    std::fs::rename(new, clock).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_and_ahead_breaks_no_run() {
    let database = Database::new().await;
    fill(&database, false).await;
    let wait = "until [ -e $KNEEBOARD_ARTIFACTS/go ]; do sleep 0.02; done";
    let mut console =
        console(database, &phase("migrate", "migrate", &[shell("wait", wait), step("upgrade")]));
    let clock = console.serve_with_a_clock();
    let run = console.start_run().await;
    let writer = Writer::start(&console).await;
    console.start_step(&run, "wait").await;
    console.running(&run, "wait").await;
    set(&clock, "-3600");
    assert!(!page(&console, &run).await.contains("-1 h"));
    console.touch(&run, "go");
    assert_eq!(console.settled(&run, "wait").await, StepStatus::Succeeded);
    let mut old = old_transaction(&console).await;
    console.start_step(&run, "upgrade").await;
    waits_for_lock(&console, "upgrade").await;
    set(&clock, "+10800");
    execute(&mut old, "COMMIT").await;
    assert_eq!(console.settled(&run, "upgrade").await, StepStatus::Succeeded);
    assert_eq!(says_what_the_database_says(&console, &run).await, [("ok", 20)].into());
    set(&clock, "+0");
    roll_back(&console, &run).await;
    assert_eq!(console.settled(&run, "inventory-back").await, StepStatus::Succeeded);
    assert_eq!(says_what_the_database_says(&console, &run).await, [("missing", 20)].into());
    end(&console, &run).await;

    // The clock did jump, the chain of events is whole, and no step is told to have taken an hour or less than nothing.
    let events = console.events(&run).await;
    let steps = || events.iter().zip(&events[1..]).map(|(before, after)| after.at - before.at);
    assert!(
        steps().any(|step| step < -HOUR / 2) && steps().any(|step| step > HOUR),
        "{:?}",
        steps().collect::<Vec<_>>()
    );
    let took = events.iter().filter_map(|event| match &event.body {
        Body::Known(Known::AttemptEnded { duration_ms, .. }) => Some(*duration_ms),
        _ => None,
    });
    let took: Vec<i64> = took.collect();
    assert!(took.len() == 5 && took.iter().all(|ms| (0..HOUR / 2).contains(ms)), "{took:?}");
    let shown = page(&console, &run).await;
    assert!(
        !shown.contains("-1 h")
            && !shown.contains("-2 h")
            && !shown.contains("-3 h")
            && !shown.contains("-4 h")
    );
    let confirmed = writer.end(&console).await;
    nothing_is_left(&console, &run).await;
    nothing_is_lost(&console, confirmed, 1).await;
}
