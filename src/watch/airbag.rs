//! When a queue behind the step has been too long for too long, and whether the console could act on it at all.

use super::{Session, Sighting, Watch};
use crate::run::Ms;
use crate::runbook::Airbag;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A session that waited behind the step when the airbag opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Waiting {
    pub pid: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    pub application: String,
}

/// Why the airbag opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// All that wait.
    pub waiting: Vec<Waiting>,
    /// For how long there have been too many.
    pub held: Duration,
}

/// Looks at one sighting after the other.
#[derive(Debug, Default)]
pub struct Gauge {
    /// Since when too many have been waiting.
    since: Option<Duration>,
}

impl Gauge {
    /// `clock` only goes forward, from wherever. A look that finds the queue short enough begins the count anew.
    pub fn look(&mut self, limit: &Airbag, sighting: &Sighting, clock: Duration) -> Option<Trip> {
        let waiting = sighting.queued();
        if waiting.len() <= limit.sessions as usize {
            self.since = None;
            return None;
        }
        let held = clock.saturating_sub(*self.since.get_or_insert(clock));
        let waiting = waiting.into_iter().map(Waiting::of).collect();
        (held >= Duration::from_millis(limit.after.ms())).then_some(Trip { waiting, held })
    }
}

impl Waiting {
    fn of(session: &Session) -> Self {
        let application = session.application.clone();
        Self { pid: session.pid, user: session.user.clone(), application }
    }

    /// "pid 4711 (shop-web)".
    pub fn words(&self) -> String {
        match (self.application.as_str(), &self.user) {
            ("", Some(user)) => format!("pid {} ({user})", self.pid),
            ("", None) => format!("pid {}", self.pid),
            (application, _) => format!("pid {} ({application})", self.pid),
        }
    }
}

/// "3 sessions: pid 1 (web), pid 2 (web), pid 3 (job)".
pub fn sentence(waiting: &[Waiting]) -> String {
    let words: Vec<String> = waiting.iter().map(Waiting::words).collect();
    let sessions = if waiting.len() == 1 { "session" } else { "sessions" };
    format!("{} {sessions}: {}", waiting.len(), words.join(", "))
}

/// Whether the airbag would open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Armed {
    Yes,
    /// The step should have a session by now, and none bears its name.
    No,
    /// The target has not been asked yet, or does not answer.
    Unknown,
    /// No session so far, and perhaps none needed.
    Idle,
}

/// How long a step may take to connect.
const PATIENCE: Ms = 5_000;

impl Watch {
    /// `connects`: the step is one that should have a session on the target.
    pub fn armed(&self, connects: bool) -> Armed {
        match &self.sighting {
            _ if self.error.is_some() => Armed::Unknown,
            None => Armed::Unknown,
            Some(_) if self.met => Armed::Yes,
            Some(sighting) if connects && sighting.at - self.since > PATIENCE => Armed::No,
            Some(_) => Armed::Idle,
        }
    }
}
