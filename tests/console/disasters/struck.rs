//! Dump, proof and migration are struck in the middle, each in the same five ways, and then brought to their end by what the page offers.

use super::textloom::{
    console, end, fill, nothing_is_left, page, phase_of, processes, reason, roll_back,
    says_what_the_database_says, signal,
};
use super::writer::{Writer, nothing_is_lost};
use crate::api::{id, start};
use crate::console::Console;
use crate::killed::{says, waits_for_lock};
use crate::migrations::old_transaction;
use crate::support::{Database, eventually, eventually_some, execute};
use kneeboard::run::RunId;
use kneeboard::run::view::StepStatus;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use serde_json::json;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

#[derive(Clone, Copy, PartialEq)]
enum Strike {
    /// PostgreSQL is stopped by this signal, and started again when the console has said what it makes of that.
    Restart(&'static str),
    /// The step's sessions are terminated by somebody else.
    Cut,
    ConsoleKilled,
    ShimKilled,
}

const STEPS: [&str; 3] = ["backup-dump", "backup-prove", "upgrade"];

/// A step that cannot come to its end before it is let go.
enum Held {
    /// Its program is stopped in the middle of its copies.
    Stopped(Vec<Pid>),
    /// A build waits for this transaction.
    Waits(PgConnection),
}

struct Night {
    console: Console,
    run: RunId,
    strike: Strike,
    writer: Option<Writer>,
    confirmed: i64,
    writers: i64,
}

impl Night {
    async fn begin(strike: Strike) -> Self {
        let database = match strike {
            Strike::Restart(_) => Database::alone().await,
            _ => Database::new().await,
        };
        fill(&database, true).await;
        let backup = phase_of("backup", "backup", &STEPS[..2]);
        let console = console(database, &format!("{backup}{}", phase_of("migrate", "migrate", &STEPS[2..])));
        let run = console.start_run().await;
        let mut night = Self { console, run, strike, writer: None, confirmed: 0, writers: 0 };
        night.write().await;
        night
    }

    async fn write(&mut self) {
        self.writer = Some(Writer::start(&self.console).await);
        self.writers += 1;
    }

    async fn count_writer(&mut self) {
        if let Some(writer) = self.writer.take() {
            self.confirmed += writer.end(&self.console).await;
        }
    }

    async fn start_and_hold(&self, step: &str) -> Held {
        let (console, database) = (&self.console, &self.console.database);
        if step == "upgrade" {
            let old = old_transaction(console).await;
            console.start_step(&self.run, step).await;
            waits_for_lock(console, step).await;
            return Held::Waits(old);
        }
        console.start_step(&self.run, step).await;
        let (program, copies) = match step {
            "backup-dump" => ("pg_dump ", database.name.clone()),
            _ => ("pg_restore ", scratch(console)),
        };
        let copying = format!("SELECT EXISTS (SELECT FROM pg_stat_progress_copy WHERE datname = '{copies}')");
        // It gets on by moments only, so that no machine is too slow to meet it there.
        let stopped = eventually_some("its copies are at work", async || {
            let programs = processes(console, |line| line.contains(program) && !line.contains("textloom."));
            signal(&programs, Signal::SIGSTOP);
            if !programs.is_empty() && says(&mut database.admin().await, &copying).await {
                return Some(programs);
            }
            signal(&programs, Signal::SIGCONT);
            None
        })
        .await;
        Held::Stopped(stopped)
    }

    async fn strike(&mut self, step: &'static str, held: Held) {
        match self.strike {
            Strike::Restart(how) => {
                self.console.database.stop_server(how).await;
                held.let_go().await;
                if step == "backup-prove" {
                    // It waits for the server, to drop its scratch database there.
                    self.console.database.start_server().await;
                    self.fails(step).await;
                } else {
                    self.fails(step).await;
                    let told = reason(&self.console, &self.run, step).await;
                    assert!(told.contains("could not be read"), "{told}");
                    self.console.database.start_server().await;
                }
                // Its sessions ended with the server.
                self.count_writer().await;
                self.write().await;
            }
            Strike::Cut => {
                let cut = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'kneeboard %/{step}'"
                );
                self.console.database.run(&cut).await;
                held.let_go().await;
                self.fails(step).await;
            }
            Strike::ConsoleKilled => {
                self.console.kill();
                held.let_go().await;
                self.console.serve();
                assert_eq!(self.console.settled(&self.run, step).await, StepStatus::Succeeded);
                assert_eq!(self.console.times_queued(&self.run, step).await, 1);
            }
            Strike::ShimKilled => {
                self.console.kill_shim(&self.run, step);
                assert_eq!(self.console.settled(&self.run, step).await, StepStatus::Unknown);
                let told = reason(&self.console, &self.run, step).await;
                assert!(told.starts_with("nobody knows how the command ended"), "{told}");
                held.let_go().await;
                // The operator looks for what may still be running, as the page says.
                let console = &self.console;
                eventually("its processes have ended", async || processes(console, |_| true).is_empty())
                    .await;
            }
        }
        let counts = says_what_the_database_says(&self.console, &self.run).await;
        let expected = match self.strike {
            _ if step != "upgrade" => [("missing", 20)].into(),
            Strike::Restart(_) | Strike::Cut => [("invalid", 1), ("missing", 19)].into(),
            // It went on to its first word, for which nobody was there.
            Strike::ShimKilled => [("ok", 1), ("missing", 19)].into(),
            Strike::ConsoleKilled => [("ok", 20)].into(),
        };
        assert_eq!(counts, expected);
    }

    async fn fails(&self, step: &str) {
        let log = self.console.out(&self.run, step);
        assert_eq!(self.console.settled(&self.run, step).await, StepStatus::Failed, "{log}");
        let told = reason(&self.console, &self.run, step).await;
        assert!(told.starts_with("command said exit code "), "{told}");
    }

    /// What the page offers for a step that is not done.
    async fn start_again(&self, step: &str) {
        let after = &STEPS[STEPS.iter().position(|other| *other == step).unwrap() + 1..];
        for later in after {
            let (status, refusal) = self.console.command(&self.run, start(later)).await;
            assert_eq!(status, 409, "{refusal}");
        }
        let again =
            json!({ "kind": "start_step", "step": step, "reason": "I looked: nothing of it runs any more" });
        let (status, answer) = self.console.command(&self.run, again).await;
        assert_eq!(status, 200, "{answer}");
    }

    async fn walk(mut self) {
        for step in &STEPS[..2] {
            let held = self.start_and_hold(step).await;
            self.strike(step, held).await;
            if self.strike != Strike::ConsoleKilled {
                self.start_again(step).await;
                let said = self.console.settled(&self.run, step).await;
                assert_eq!(said, StepStatus::Succeeded, "{}", self.log_of_last(step).await);
            }
        }
        let held = self.start_and_hold("upgrade").await;
        self.strike("upgrade", held).await;
        if self.strike != Strike::ConsoleKilled {
            // Tried again, it is turned back while it builds.
            let mut old = old_transaction(&self.console).await;
            self.start_again("upgrade").await;
            waits_for_lock(&self.console, "upgrade").await;
            roll_back(&self.console, &self.run).await;
            assert_eq!(self.console.settled(&self.run, "upgrade").await, StepStatus::Cancelled);
            execute(&mut old, "COMMIT").await;
            self.comes_back().await;
            return;
        }
        roll_back(&self.console, &self.run).await;
        self.comes_back().await;
    }

    async fn comes_back(mut self) {
        let back = self.console.settled(&self.run, "inventory-back").await;
        assert_eq!(back, StepStatus::Succeeded, "{:#?}", self.console.state(&self.run).await.attempts);
        self.writer.as_ref().unwrap().goes_on(&self.console).await;
        assert_eq!(says_what_the_database_says(&self.console, &self.run).await, [("missing", 20)].into());
        end(&self.console, &self.run).await;
        assert!(page(&self.console, &self.run).await.contains("rolled back"));
        nothing_is_left(&self.console, &self.run).await;
        self.count_writer().await;
        nothing_is_lost(&self.console, self.confirmed, self.writers).await;
    }

    async fn log_of_last(&self, step: &str) -> String {
        let number = self.console.state(&self.run).await.last_attempt(&id(step)).unwrap().number;
        std::fs::read_to_string(self.console.attempt_dir(&self.run, step, number).join("out")).unwrap()
    }
}

impl Held {
    async fn let_go(self) {
        match self {
            Self::Stopped(pids) => signal(&pids, Signal::SIGCONT),
            Self::Waits(old) => drop(old.close().await),
        }
    }
}

fn scratch(console: &Console) -> String {
    format!("{}_kneeboard_scratch", console.database.name)
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_restarted_fast_in_dump_proof_and_build() {
    Night::begin(Strike::Restart("INT")).await.walk().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_restarted_immediately_in_dump_proof_and_build() {
    Night::begin(Strike::Restart("QUIT")).await.walk().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connections_are_cut_in_dump_proof_and_build() {
    Night::begin(Strike::Cut).await.walk().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_is_killed_in_dump_proof_and_build() {
    Night::begin(Strike::ConsoleKilled).await.walk().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shim_is_killed_in_dump_proof_and_build() {
    Night::begin(Strike::ShimKilled).await.walk().await;
}
