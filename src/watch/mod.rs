//! What goes on in the target beside a running step: one look at it, who waits for whom, and from when a queue is too long. Pure: asking
//! is `server::target::sighting`, drawing is `ui::pages::run::watch`.

pub mod airbag;
pub mod backend;
pub mod progress;
pub mod queue;
#[cfg(test)]
mod tests;

pub use airbag::{Armed, Trip, Waiting};
pub use backend::{Backend, Force};
pub use progress::{Build, Copied};
pub use queue::Branch;

use crate::run::Ms;
use crate::runbook::Id;
use serde::{Deserialize, Serialize};

/// What is known of the target beside a step that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Watch {
    pub step: Id,
    pub attempt: u32,
    /// Since when it is watched; a console that picks a step up begins anew. Clock of the console.
    pub since: Ms,
    /// A session of the step was met.
    pub met: bool,
    /// The last look; none before the target has answered.
    pub sighting: Option<Sighting>,
    /// Why the target does not answer now; the rest is then what it said last.
    pub error: Option<String>,
}

/// One look. Ages are in milliseconds, by the target's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Sighting {
    /// Clock of the console.
    pub at: Ms,
    /// The step's own, and all that wait for a lock or are waited for.
    pub sessions: Vec<Session>,
    /// Of the step's sessions.
    pub builds: Vec<Build>,
    pub copies: Vec<Copied>,
    /// The longest transaction that is not the step's.
    pub oldest_transaction: Option<Session>,
    /// Whoever holds the oldest snapshot: what CREATE INDEX CONCURRENTLY waits for at its end.
    pub oldest_snapshot: Option<Session>,
    pub prepared: Vec<Prepared>,
    /// Bytes of write-ahead log a second since the look before; none at the first, and on a standby.
    pub wal_rate: Option<f64>,
    pub replicas: Vec<Replica>,
    /// `pg_database_size`, asked more rarely.
    pub database_bytes: Option<i64>,
    /// What the role cannot see, and the grant that would change it.
    pub unseen: Option<Unseen>,
}

/// A session as `pg_stat_activity` tells of it. What the role may not see is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Session {
    pub pid: i32,
    /// `backend_start` in microseconds since 1970: with it a pid that was given anew is another one.
    pub started: Option<i64>,
    pub user: Option<String>,
    pub application: String,
    /// `backend_type`, for instance `client backend`.
    pub kind: Option<String>,
    pub state: Option<String>,
    pub query: Option<String>,
    /// Age of its transaction.
    pub transaction_ms: Option<i64>,
    /// How long it has waited for its lock; known since PostgreSQL 14.
    pub waiting_ms: Option<i64>,
    /// Pids of those it waits for; 0 is a prepared transaction.
    pub waits_for: Vec<i32>,
    /// It belongs to the step.
    pub ours: bool,
}

/// A transaction without a session, from PREPARE TRANSACTION.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Prepared {
    pub gid: String,
    pub owner: String,
    pub age_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Replica {
    pub name: String,
    /// None: the role may not see it.
    pub state: Option<String>,
    /// Bytes of write-ahead log that it has not replayed.
    pub behind_bytes: Option<i64>,
    /// `replay_lag`; none while nothing is written.
    pub lag_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Unseen {
    pub why: String,
    /// A statement for whoever may grant.
    pub remedy: String,
}

impl Session {
    /// What a session can be stopped by; none where the role may not see enough of it.
    pub fn backend(&self) -> Option<Backend> {
        Some(Backend { pid: self.pid, started: self.started? })
    }

    /// Who it is: application and user.
    pub fn who(&self) -> String {
        let user = self.user.as_deref().unwrap_or("an unknown user");
        match (self.application.as_str(), self.kind.as_deref()) {
            ("", None | Some("client backend")) => format!("pid {} of {user}", self.pid),
            ("", Some(kind)) => format!("pid {}, {kind}", self.pid),
            (application, _) => format!("pid {} of {user}, {application}", self.pid),
        }
    }

    /// Why the console does not stop it, whoever asks; none where it does.
    pub fn spared(&self) -> Option<&'static str> {
        let kind = self.kind.as_deref();
        if self.ours || self.application == "kneeboard" {
            return Some("It is the console's own: cancel the step instead.");
        }
        match kind {
            None => Some("Cannot see enough of it to be sure whom a signal would meet."),
            Some("client backend") => None,
            Some("walsender") => Some("It sends the log to a replica or a backup."),
            Some("autovacuum worker")
                if self.query.as_deref().is_some_and(|query| query.contains("wraparound")) =>
            {
                Some("It keeps the database from running out of transaction ids; let it finish.")
            }
            Some("autovacuum worker") => Some("It gives way by itself to whoever waits for its lock."),
            Some(_) => Some("It is a process of the server itself."),
        }
    }
}
