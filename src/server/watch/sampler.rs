//! The looks at one target while one attempt runs: one session, one look a second.

use crate::run::RunId;
use crate::runbook::Id;
use crate::server::clock::now_ms;
use crate::server::target::sighting::{Eye, Look};
use crate::server::target::{Target, TargetError, application_name};
use crate::watch::{Sighting, Watch};
use std::time::{Duration, Instant};
use tokio::time::timeout;

pub const EVERY: Duration = Duration::from_secs(1);

/// Asking for the size of a database reads the size of each of its files.
const SIZE_EVERY: Duration = Duration::from_secs(15);

/// How long a whole look may take. A dead line does not say so itself.
const PATIENCE: Duration = Duration::from_secs(8);

pub struct Sampler {
    target: Option<Target>,
    application_name: String,
    watch: Watch,
    eye: Option<Eye>,
    /// Position in the write-ahead log, and when.
    wal: Option<(i64, Instant)>,
    size: Option<(Option<i64>, Instant)>,
}

impl Sampler {
    /// Asks nothing yet. Without a target every look says that it is no longer configured.
    pub fn new(target: Option<Target>, run: &RunId, step: &Id, attempt: u32) -> Self {
        let (application_name, since) = (application_name(run, step), now_ms());
        let watch = Watch { step: step.clone(), attempt, since, met: false, sighting: None, error: None };
        Self { target, application_name, watch, eye: None, wal: None, size: None }
    }

    /// Looks once more. Where the target does not answer, what it said last stays.
    pub async fn look(&mut self) -> &Watch {
        let asked = match timeout(PATIENCE, self.ask()).await {
            Ok(asked) => asked,
            Err(_) => {
                Err(TargetError::Unfit(format!("the target did not answer within {} s", PATIENCE.as_secs())))
            }
        };
        match asked {
            Ok(sighting) => {
                self.watch.met |= sighting.sessions.iter().any(|session| session.ours);
                (self.watch.sighting, self.watch.error) = (Some(sighting), None);
            }
            Err(error) => {
                self.watch.error = Some(error.to_string());
                (self.eye, self.wal) = (None, None);
            }
        }
        &self.watch
    }

    async fn ask(&mut self) -> Result<Sighting, TargetError> {
        let gone = || TargetError::Unfit("the target is no longer configured".to_owned());
        let target = self.target.as_ref().ok_or_else(gone)?;
        let eye = match &mut self.eye {
            Some(eye) => eye,
            none => none.insert(Eye::open(target).await?),
        };
        let Look { mut sighting, wal } = eye.look(&self.application_name).await?;
        let now = Instant::now();
        sighting.wal_rate = wal.zip(self.wal).and_then(|(wal, before)| rate(before, (wal, now)));
        self.wal = wal.map(|wal| (wal, now));
        if self.size.is_none_or(|(_, asked)| asked.elapsed() >= SIZE_EVERY) {
            self.size = Some((eye.database_bytes().await?, now));
        }
        sighting.database_bytes = self.size.and_then(|(size, _)| size);
        Ok(sighting)
    }
}

/// Bytes a second.
fn rate((before, then): (i64, Instant), (wal, now): (i64, Instant)) -> Option<f64> {
    let seconds = now.duration_since(then).as_secs_f64();
    (seconds > 0.0 && wal >= before).then(|| (wal - before) as f64 / seconds)
}
