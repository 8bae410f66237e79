//! Looks at the counters of a target: one at a time however many ask, none while nobody asks, and the latest ones remembered.

use crate::aftercare::{Bloat, Counters, Point, Seen};
use crate::run::Ms;
use crate::runbook::Id;
use crate::server::clock::now_ms;
use crate::server::target::counters::{self, Part};
use crate::server::target::{Target, TargetError};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A look that is younger is given again. A page asks every 10 seconds, and is to get a new one each time.
const EVERY: Duration = Duration::from_secs(9);

/// The same for reading whole indexes.
const BLOAT_EVERY: Duration = Duration::from_secs(600);

/// Half an hour of looks.
const MOST_POINTS: usize = 180;

/// Parts of targets that are remembered while nobody looks at them.
const MOST_PARTS: usize = 64;

/// Held while the target is asked.
type Shared = Arc<tokio::sync::Mutex<Looks>>;

pub struct Sampler {
    every: Duration,
    parts: Mutex<HashMap<(Id, Part), Shared>>,
}

/// The latest look.
#[derive(Clone, Debug)]
pub struct Sample {
    /// None as long as the target has never answered.
    pub counters: Option<(Ms, Arc<Counters>)>,
    pub bloat: Seen<Bloat>,
    pub trend: Vec<Point>,
    /// Why the target does not answer now; the rest is then what it said last.
    pub error: Option<String>,
}

#[derive(Default)]
struct Looks {
    asked: Option<Instant>,
    counters: Option<(Ms, Arc<Counters>)>,
    bloat: Option<Seen<Bloat>>,
    /// When whole indexes were read.
    measured: Option<Instant>,
    trend: VecDeque<Point>,
    error: Option<String>,
}

impl Default for Sampler {
    fn default() -> Self {
        Self::every(EVERY)
    }
}

impl Sampler {
    /// A look that is younger than this is given again.
    pub fn every(every: Duration) -> Self {
        Self { every, parts: Mutex::default() }
    }

    /// Asks the target, or gives the look that is young enough. While one asks, others wait for the answer.
    pub async fn look(&self, target: &Target, part: &Part) -> Sample {
        let looks = self.looks(target, part);
        let mut looks = looks.lock().await;
        if !young(looks.asked, self.every) {
            looks.error = looks.ask(target, part).await.err().map(|error| error.to_string());
            looks.asked = Some(Instant::now());
        }
        looks.sample()
    }

    fn looks(&self, target: &Target, part: &Part) -> Shared {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        if parts.len() >= MOST_PARTS {
            parts.retain(|_, looks| Arc::strong_count(looks) > 1);
        }
        Arc::clone(parts.entry((target.name().clone(), part.clone())).or_default())
    }
}

impl Looks {
    async fn ask(&mut self, target: &Target, part: &Part) -> Result<(), TargetError> {
        let counters = counters::read(target, part).await?;
        if self.trend.len() >= MOST_POINTS {
            self.trend.pop_front();
        }
        self.trend.push_back(Point::of(&counters));
        self.counters = Some((now_ms(), Arc::new(counters)));
        if !young(self.measured, BLOAT_EVERY) {
            let bloat = counters::bloat(target, part).await?;
            // A grant that is missing may come while somebody watches.
            self.measured = bloat.seen().map(|_| Instant::now());
            self.bloat = Some(bloat);
        }
        Ok(())
    }

    fn sample(&self) -> Sample {
        let nothing = || Seen::Unseen { why: "Nothing was measured yet.".to_owned(), remedy: String::new() };
        Sample {
            counters: self.counters.clone(),
            bloat: self.bloat.clone().unwrap_or_else(nothing),
            trend: self.trend.iter().copied().collect(),
            error: self.error.clone(),
        }
    }
}

fn young(asked: Option<Instant>, limit: Duration) -> bool {
    asked.is_some_and(|asked| asked.elapsed() < limit)
}
