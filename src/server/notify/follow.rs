//! Notices what happens in runs, whoever wrote it: this console, another one, a command line. It reads the state and stands in nobody's
//! way; what it has noticed it has written down, so a console that is killed neither loses nor doubles anything.

use super::letter::Letter;
use super::outbox::{Behind, Noticed};
use super::{Notify, Receivers};
use crate::run::event::{Body, Known};
use crate::run::notification::notification;
use crate::run::{Event, RunId, RunState, Seq};
use crate::server::clock::now_ms;
use crate::server::store::Store;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// An event is noticed within this time.
const EVERY: Duration = Duration::from_millis(500);

/// How often the queues are looked through for what is too old.
const SWEEP: Duration = Duration::from_secs(60);

pub struct Follower {
    store: Store,
    notify: Notify,
    /// What stands before the addresses of pages.
    origin: String,
    queued: watch::Sender<()>,
    runs: HashMap<RunId, Followed>,
    /// Told once to the log.
    unreadable: HashSet<RunId>,
    swept: Option<Instant>,
}

/// A run as it was when it was looked at last.
struct Followed {
    state: RunState,
    /// What the state says of how far it was looked at. What nobody is told of moves the run on without being written down.
    noticed: Option<Seq>,
}

impl Follower {
    pub fn new(store: Store, notify: Notify, origin: String, queued: watch::Sender<()>) -> Self {
        Self { store, notify, origin, queued, runs: HashMap::new(), unreadable: HashSet::new(), swept: None }
    }

    /// Runs for ever.
    pub async fn run(mut self) {
        let (mut known, mut failing) = (false, false);
        loop {
            let looked = match known {
                false => self.begin().await.map(|()| known = true),
                true => self.look(&self.notify.receivers().clone()).await,
            };
            match looked {
                Ok(()) => failing = false,
                Err(error) if !std::mem::replace(&mut failing, true) => {
                    tracing::error!(%error, "notifications wait: the state cannot be read or written; trying until it can");
                }
                Err(_) => {}
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// A receiver that is named for the first time hears nothing of what was before: those that are known already hear that first.
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        let outbox = self.notify.outbox().clone();
        if !outbox.begin(now_ms()).await? {
            let known = outbox.known().await?;
            self.look(&self.notify.receivers().only(&known)).await?;
        }
        let names = self.notify.receivers().iter().map(|receiver| &receiver.name);
        outbox.make_known(names, now_ms()).await
    }

    async fn look(&mut self, receivers: &Receivers) -> Result<(), sqlx::Error> {
        for behind in self.notify.outbox().behind().await? {
            let seen = self.runs.get(&behind.run).map_or(behind.noticed, |followed| Some(followed.state.seq));
            if seen.is_some_and(|seen| seen >= behind.head) || self.unreadable.contains(&behind.run) {
                continue;
            }
            match self.take_in(&behind, receivers).await {
                Ok(()) => {}
                // The others are told of what can be read.
                Err(sqlx::Error::Decode(error)) => {
                    tracing::error!(run = %behind.run, %error, "nobody is told of a run that cannot be read");
                    self.unreadable.insert(behind.run);
                }
                Err(error) => return Err(error),
            }
        }
        if self.swept.is_none_or(|swept| swept.elapsed() >= SWEEP) {
            let old = self.notify.outbox().give_up_old(now_ms()).await?;
            self.swept = Some(Instant::now());
            if old > 0 {
                tracing::warn!(old, "notifications were given up: nobody took them for a day");
            }
        }
        Ok(())
    }

    async fn take_in(&mut self, behind: &Behind, receivers: &Receivers) -> Result<(), sqlx::Error> {
        // Where another console has moved on, this one begins where that has come to.
        let known = self.runs.remove(&behind.run).filter(|followed| followed.noticed == behind.noticed);
        let from = known.as_ref().map_or(0, |followed| followed.state.seq);
        let events = self.store.events(&behind.run, from).await?;
        let mut folded = known.map(|followed| followed.state);
        let mut letters = Vec::new();
        let (mut telling, mut ended) = (false, false);
        for event in &events {
            let Some(state) = step(folded, event) else { return Ok(()) };
            if behind.noticed.is_none_or(|noticed| event.seq > noticed) {
                ended |= matches!(event.body, Body::Known(Known::RunEnded { .. }));
                if let Some(told) = notification(&state, event) {
                    telling = true;
                    let url = format!("{}{}", self.origin, told.page);
                    let to = receivers.addressees(&told).into_iter().map(|receiver| receiver.name.clone());
                    let to: Vec<_> = to.collect();
                    let letter = Letter { told, url };
                    letters.extend(to.into_iter().map(|name| (name, letter.clone())));
                }
            }
            folded = Some(state);
        }
        let Some(state) = folded else { return Ok(()) };
        let mut noticed = behind.noticed;
        if telling || ended {
            let (run, from, to) = (&behind.run, behind.noticed, state.seq);
            let done = Noticed { run, from, to, ended, letters: &letters };
            if !self.notify.outbox().put(&done, now_ms()).await? {
                // Another console has written the same; the next look begins behind it.
                return Ok(());
            }
            noticed = Some(to);
            if !letters.is_empty() {
                self.queued.send_replace(());
            }
        }
        if !ended {
            self.runs.insert(behind.run.clone(), Followed { state, noticed });
        }
        Ok(())
    }
}

fn step(folded: Option<RunState>, event: &Event) -> Option<RunState> {
    match folded {
        Some(mut state) => {
            state.apply(event);
            Some(state)
        }
        None => RunState::start(event),
    }
}
