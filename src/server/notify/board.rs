//! How notifications stand, for pages, programs and the command line: receivers, what waits and why, what was given up.

use super::Notify;
use super::outbox::{Queued, Status};
use crate::run::{Ms, RunId, Seq};
use crate::runbook::Id;
use crate::server::console::Console;
use crate::text::clock;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many that wait, and how many that were given up, are shown.
const SHOWN: i64 = 100;

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Board {
    pub receivers: Vec<Standing>,
    /// In the order in which they are sent.
    pub waiting: Vec<Row>,
    /// The latest first.
    pub given_up: Vec<Row>,
    /// What does not fit together between receivers, runbooks and targets, a sentence each.
    pub warnings: Vec<String>,
}

/// One receiver.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Standing {
    pub name: String,
    /// How it is reached, without an address that lets somebody write there; none where no file names it any more.
    pub reached: Option<String>,
    /// What it takes.
    pub wants: Option<String>,
    /// It hears what happened after this.
    pub since: Option<Ms>,
    pub waiting: u64,
    pub delivered: u64,
    pub given_up: u64,
    pub last_delivered: Option<Ms>,
    /// Something waits that it did not take, or the last it was to be told was given up.
    pub failing: bool,
}

/// One notification to one receiver.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Row {
    pub id: String,
    pub receiver: String,
    pub run: RunId,
    pub seq: Seq,
    pub kind: String,
    /// What happened, in one line.
    pub title: String,
    /// When it happened.
    pub at: Ms,
    pub tries: u32,
    /// Why the last try failed; empty where none has.
    pub error: String,
    /// When a waiting one is tried.
    pub next_at: Ms,
    /// When it was delivered or given up; none while it waits.
    pub settled_at: Option<Ms>,
    pub status: Status,
}

impl Row {
    pub fn of(queued: Queued) -> Self {
        let told = queued.letter.map(|letter| letter.told);
        let kind = told.as_ref().map_or("unknown", |told| told.kind.word()).to_owned();
        Self {
            kind,
            title: told
                .as_ref()
                .map_or_else(|| "written by a newer console".to_owned(), |told| told.title.clone()),
            at: told.map_or(queued.queued_at, |told| told.at),
            id: queued.id,
            receiver: queued.receiver,
            run: queued.run,
            seq: queued.seq,
            tries: queued.tries,
            error: queued.error,
            next_at: queued.next_at,
            settled_at: queued.settled_at,
            status: queued.status,
        }
    }

    /// How it stands, in words.
    pub fn stands(&self) -> String {
        let settled = self.settled_at.map(clock::date_and_time).unwrap_or_default();
        let error = if self.error.is_empty() { String::new() } else { format!(": {}", self.error) };
        match self.status {
            Status::Delivered => format!("delivered {settled}"),
            Status::GivenUp => format!("given up {settled} after {}{error}", tries(self.tries)),
            Status::Waiting if self.tries == 0 => "waits".to_owned(),
            Status::Waiting => {
                let next = clock::date_and_time(self.next_at);
                format!("waits after {}{error}; tried again {next}", tries(self.tries))
            }
        }
    }
}

fn tries(tries: u32) -> String {
    if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") }
}

impl Notify {
    /// # Errors
    /// The state cannot be read.
    pub async fn board(&self, console: Option<&Console>) -> Result<Board, sqlx::Error> {
        let waiting = self.outbox().waiting(SHOWN).await?.into_iter().map(Row::of).collect();
        let given_up = self.outbox().given_up(SHOWN).await?.into_iter().map(Row::of).collect();
        let warnings = console.map(|console| self.warnings(console)).unwrap_or_default();
        Ok(Board { receivers: self.standings().await?, waiting, given_up, warnings })
    }

    /// All that was to be said of a run, in the order in which it happened.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn told(&self, run: &RunId) -> Result<Vec<Row>, sqlx::Error> {
        Ok(self.outbox().of_run(run).await?.into_iter().map(Row::of).collect())
    }

    /// The receivers that are named and are not reached now.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn failing(&self) -> Result<Vec<String>, sqlx::Error> {
        if self.receivers().is_empty() {
            return Ok(Vec::new());
        }
        let failing = self.standings().await?.into_iter().filter(|s| s.failing && s.reached.is_some());
        Ok(failing.map(|standing| standing.name).collect())
    }

    async fn standings(&self) -> Result<Vec<Standing>, sqlx::Error> {
        let named = self.receivers().iter().map(|receiver| (receiver.name.to_string(), receiver));
        let mut named: BTreeMap<String, _> = named.collect();
        let mut all: Vec<Standing> = Vec::new();
        for figures in self.outbox().figures().await? {
            let receiver = named.remove(&figures.receiver);
            all.push(Standing {
                name: figures.receiver,
                reached: receiver.map(|receiver| receiver.reached()),
                wants: receiver.map(|receiver| receiver.wants()),
                since: figures.since,
                waiting: figures.waiting,
                delivered: figures.delivered,
                given_up: figures.given_up,
                last_delivered: figures.last_delivered,
                failing: figures.failing > 0 || figures.last_given_up > figures.last_delivered,
            });
        }
        // Those that the follower has not come to yet.
        all.extend(named.into_values().map(|receiver| Standing {
            name: receiver.name.to_string(),
            reached: Some(receiver.reached()),
            wants: Some(receiver.wants()),
            since: None,
            waiting: 0,
            delivered: 0,
            given_up: 0,
            last_delivered: None,
            failing: false,
        }));
        all.sort_by(|a, b| (a.reached.is_none(), &a.name).cmp(&(b.reached.is_none(), &b.name)));
        Ok(all)
    }

    /// Receivers that gates name and nobody defines, and targets that receivers name and nobody knows, a sentence each.
    pub fn warnings(&self, console: &Console) -> Vec<String> {
        let mut warnings = Vec::new();
        let files = console.runbooks().list().unwrap_or_default();
        for loaded in files.into_iter().filter_map(|file| file.content.ok()) {
            let gates = loaded.runbook.phases.iter().filter_map(|phase| Some((phase, phase.gate.as_ref()?)));
            for (phase, gate) in gates {
                let missing = gate.notify.iter().filter(|name| self.receivers().get(name).is_none());
                let missing: Vec<&str> = missing.map(Id::as_str).collect();
                if !missing.is_empty() {
                    warnings.push(format!(
                        "The gate behind \"{}\" of {} names receivers that nobody defines: {}.",
                        phase.title,
                        loaded.runbook.slug,
                        missing.join(", ")
                    ));
                }
            }
        }
        for receiver in self.receivers().iter() {
            let targets = receiver.targets.iter().flatten();
            let unknown = targets.filter(|name| console.targets().get(name).is_none());
            let unknown: Vec<&str> = unknown.map(Id::as_str).collect();
            if !unknown.is_empty() {
                let (name, unknown) = (&receiver.name, unknown.join(", "));
                warnings.push(format!(
                    "The receiver {name} names targets that this console does not have: {unknown}."
                ));
            }
        }
        warnings
    }
}
