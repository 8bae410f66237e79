//! A run, walked over the API with its events as they come.

use crate::console::Console;
use crate::http::Http;
use crate::viewer::Viewer;
use anyhow::{Context, ensure};
use serde_json::json;
use std::time::Instant;

pub struct Run<'a> {
    console: &'a Console,
    http: Http,
    events: Viewer,
    pub id: String,
    commands: u32,
}

impl<'a> Run<'a> {
    /// A run of these steps, each an argv.
    pub fn begin(console: &'a Console, slug: &str, steps: &[(String, Vec<String>)]) -> anyhow::Result<Self> {
        console.runbook(slug, steps)?;
        let mut http = Http::open(console.address, &console.token)?;
        let answer = http.post("/api/v1/runs", &json!({ "runbook": slug, "target": "bench" }))?;
        let id = answer["id"].as_str().context("a run without an id")?.to_owned();
        let path = format!("/api/v1/runs/{id}/events");
        let mut events = Viewer::connect(console.address, &console.token, &path, 64 * 1024)?;
        events.ask()?;
        events.until(0, b"run_started")?;
        Ok(Self { console, http, events, id, commands: 0 })
    }

    /// Presses start; gives the moment before.
    pub fn start(&mut self, step: &str) -> anyhow::Result<Instant> {
        let asked = Instant::now();
        self.command(json!({ "kind": "start_step", "step": step }))?;
        Ok(asked)
    }

    /// Waits for the event that says how the attempt ended; gives the moment it was here, once the attempt is judged too.
    pub fn ended(&mut self) -> anyhow::Result<Instant> {
        let from = self.events.len();
        let at = self.events.until(from, b"attempt_ended")?;
        let ended = Instant::now();
        let at = self.events.until(at, b"attempt_judged")?;
        self.events.until(at, b"\n\n")?;
        Ok(ended)
    }

    /// An address of one of its steps' first attempts.
    pub fn viewer(&self, cursor: &str) -> anyhow::Result<Viewer> {
        let path = format!("/runs/{}/live?after={cursor}", self.id);
        Ok(Viewer::of_log(self.console.address, &self.console.token, &path)?)
    }

    /// The seq of the last event.
    pub fn seq(&self) -> anyhow::Result<u64> {
        Ok(self.events.last_id().context("no event yet")?.parse()?)
    }

    /// Makes room for the next run on the target.
    pub fn abandon(mut self) -> anyhow::Result<()> {
        self.command(json!({ "kind": "abandon", "reason": "measured" }))
    }

    fn command(&mut self, command: serde_json::Value) -> anyhow::Result<()> {
        self.commands += 1;
        let body = json!({ "command_id": format!("c{}", self.commands), "expected_seq": self.seq()?, "command": command });
        let answer = self.http.post(&format!("/api/v1/runs/{}/commands", self.id), &body)?;
        ensure!(answer["seq"].is_u64(), "a command without an event: {answer}");
        Ok(())
    }
}

/// A step that is a program and its arguments.
pub fn step(id: impl Into<String>, argv: &[&str]) -> (String, Vec<String>) {
    (id.into(), argv.iter().map(|&argument| argument.to_owned()).collect())
}
