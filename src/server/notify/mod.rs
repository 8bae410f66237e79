//! Telling people elsewhere what happens in runs, by webhook and by e-mail. Which events, and in which words, is `run::notification`;
//! here they are noticed in the state, queued for each receiver and delivered. No run ever waits for any of it.

pub mod config;

mod backoff;
mod board;
mod deliver;
mod follow;
mod letter;
mod mail;
mod outbox;
mod receiver;
mod signing;
mod webhook;

pub use board::{Board, Row, Standing};
pub use config::Receivers;
pub use letter::{Letter, Message};
pub use outbox::{Noticed, Outbox, Queued, Status};
pub use receiver::{Came, Receiver, Way};

use crate::server::console::Console;
use crate::server::store::Store;
use deliver::Courier;
use follow::Follower;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The receivers of a console and what was queued for them. Cheap to clone.
#[derive(Clone)]
pub struct Notify(Arc<Inner>);

struct Inner {
    outbox: Outbox,
    receivers: Receivers,
}

impl Notify {
    pub fn new(store: &Store, receivers: Receivers) -> Self {
        Self(Arc::new(Inner { outbox: Outbox::new(store.pool()), receivers }))
    }

    pub fn receivers(&self) -> &Receivers {
        &self.0.receivers
    }

    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// Starts noticing and delivering, as long as the console serves. `origin` is what stands before the addresses of pages.
    pub fn begin(&self, console: &Console, origin: &str) -> Vec<JoinHandle<()>> {
        if self.receivers().is_empty() {
            return Vec::new();
        }
        for warning in self.warnings(console) {
            tracing::warn!("{warning}");
        }
        let (queued, bell) = watch::channel(());
        let follower = Follower::new(console.store().clone(), self.clone(), origin.to_owned(), queued);
        let mut tasks = vec![tokio::spawn(follower.run())];
        let courier = Courier::new(self.outbox().clone());
        for receiver in self.receivers().iter() {
            tasks.push(tokio::spawn(courier.clone().serve(receiver.clone(), bell.clone())));
        }
        tasks
    }
}
