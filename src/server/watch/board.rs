//! What is known of the targets of running steps, and a bell for each run.

use crate::run::RunId;
use crate::watch::Watch;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// None while no step of the run is watched.
pub type Latest = Option<Arc<Watch>>;

#[derive(Default)]
pub struct Watches(Mutex<HashMap<RunId, watch::Sender<Latest>>>);

impl Watches {
    pub fn latest(&self, run: &RunId) -> Latest {
        self.lock().get(run).and_then(|sender| sender.borrow().clone())
    }

    /// Rings at every look. It never ends: the sender stays as long as somebody listens.
    pub fn follow(&self, run: &RunId) -> watch::Receiver<Latest> {
        let mut boards = self.lock();
        boards.retain(|_, sender| sender.receiver_count() > 0 || sender.borrow().is_some());
        boards.entry(run.clone()).or_default().subscribe()
    }

    /// None: the step has ended.
    pub fn tell(&self, run: &RunId, latest: Latest) {
        self.lock().entry(run.clone()).or_default().send_replace(latest);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, watch::Sender<Latest>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
