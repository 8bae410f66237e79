//! A run in memory: its events, what they fold to, and its bell.

use crate::run::event::Event;
use crate::run::{RunId, RunState, Seq};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// How many runs stay in memory. A run that is not there is folded again from the store.
const KEPT: usize = 64;

pub struct Cell {
    inner: Mutex<Folded>,
    bell: watch::Sender<Seq>,
    writing: tokio::sync::Mutex<()>,
}

struct Folded {
    events: Vec<Arc<Event>>,
    state: Arc<RunState>,
}

impl Cell {
    pub fn of(events: Vec<Event>) -> Option<Self> {
        let state = Arc::new(RunState::fold(&events)?);
        let (bell, _) = watch::channel(state.seq);
        let events = events.into_iter().map(Arc::new).collect();
        Some(Self {
            inner: Mutex::new(Folded { events, state }),
            bell,
            writing: tokio::sync::Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Folded> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn state(&self) -> Arc<RunState> {
        Arc::clone(&self.lock().state)
    }

    pub fn events(&self, after: Seq, limit: usize) -> Vec<Arc<Event>> {
        let inner = self.lock();
        let from = inner.events.partition_point(|event| event.seq <= after);
        inner.events[from..].iter().take(limit).cloned().collect()
    }

    pub fn bell(&self) -> watch::Receiver<Seq> {
        self.bell.subscribe()
    }

    /// Held while somebody decides and appends.
    pub async fn writing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.writing.lock().await
    }

    /// Takes in events that stand in the store; those that are known already are passed over.
    pub fn push(&self, events: Vec<Event>) {
        let seq = {
            let mut inner = self.lock();
            for event in events {
                if event.seq == inner.state.seq + 1 {
                    Arc::make_mut(&mut inner.state).apply(&event);
                    inner.events.push(Arc::new(event));
                }
            }
            inner.state.seq
        };
        self.bell.send_replace(seq);
    }

    fn idle(&self) -> bool {
        self.bell.receiver_count() == 0 && self.state().ended.is_some()
    }
}

#[derive(Default)]
pub struct Cells(Mutex<HashMap<RunId, Arc<Cell>>>);

impl Cells {
    pub fn get(&self, run: &RunId) -> Option<Arc<Cell>> {
        self.lock().get(run).cloned()
    }

    /// Keeps a cell, unless somebody else was first: all must share one.
    pub fn keep(&self, run: &RunId, cell: Cell) -> Arc<Cell> {
        let mut cells = self.lock();
        if cells.len() >= KEPT {
            cells.retain(|_, cell| !cell.idle());
        }
        Arc::clone(cells.entry(run.clone()).or_insert_with(|| Arc::new(cell)))
    }

    pub fn known(&self) -> Vec<RunId> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Arc<Cell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
