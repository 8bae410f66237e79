//! What the targets of live runs say now, asked again and again as long as somebody looks at the run's page.

use crate::run::{Reading, RunId};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

pub const EVERY: Duration = Duration::from_secs(5);

/// None before the first answer.
pub type Said = Option<Arc<Reading>>;

#[derive(Default)]
pub struct Readings(Mutex<HashMap<RunId, watch::Sender<Said>>>);

impl Readings {
    pub fn latest(&self, run: &RunId) -> Said {
        self.lock().get(run).and_then(|sender| sender.borrow().clone())
    }

    /// Rings at every reading. True: nobody asks for this run yet, so whoever calls has to, with [`Readings::ask`].
    pub fn follow(&self, run: &RunId) -> (watch::Receiver<Said>, bool) {
        let mut boards = self.lock();
        match boards.get(run) {
            Some(sender) => (sender.subscribe(), false),
            None => (boards.entry(run.clone()).or_default().subscribe(), true),
        }
    }

    /// Asks until nobody follows any longer.
    pub async fn ask<A: Future<Output = Reading>>(&self, run: &RunId, ask: impl Fn() -> A) {
        loop {
            let reading = Arc::new(ask().await);
            let followed = {
                let mut boards = self.lock();
                let sender = boards.entry(run.clone()).or_default();
                sender.send_replace(Some(reading));
                let followed = sender.receiver_count() > 0;
                if !followed {
                    boards.remove(run);
                }
                followed
            };
            if !followed {
                return;
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, watch::Sender<Said>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
