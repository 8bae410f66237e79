//! Delivers what waits for one receiver, in order. Each receiver has a task of its own: one that does not answer delays no other.

use super::backoff::{self, LONGEST};
use super::letter::Message;
use super::outbox::{Outbox, Queued};
use super::receiver::{Came, Failure, Hope, Receiver, Way};
use super::webhook::PATIENCE;
use crate::server::clock::now_ms;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// The longest time between two looks at a queue: another console that shares the state may have left something behind.
const IDLE: Duration = Duration::from_secs(15);

/// How long nobody else sends what is being sent: longer than a try may take.
const CLAIM: Duration = PATIENCE.saturating_add(Duration::from_secs(5));

/// Between two tries of the state.
const AGAIN: Duration = Duration::from_secs(1);

/// How often something is tried that the receiver refuses for what it is.
const REFUSALS: u32 = 3;

#[derive(Clone)]
pub struct Courier {
    outbox: Outbox,
}

impl Receiver {
    /// One try, now.
    pub async fn send(&self, message: &Message) -> Came {
        match &self.way {
            Way::Webhook(hook) => hook.send(message, now_ms()).await,
            Way::Mail { to, by } => by.send(to, message).await,
        }
    }
}

impl Courier {
    pub fn new(outbox: Outbox) -> Self {
        Self { outbox }
    }

    /// Runs for ever. `bell` rings when something was queued.
    pub async fn serve(self, receiver: Receiver, mut bell: watch::Receiver<()>) {
        let mut failing = false;
        loop {
            bell.mark_unchanged();
            let wait = match self.turn(&receiver).await {
                Ok(wait) => {
                    failing = false;
                    wait
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::error!(receiver = %receiver.name, %error, "notifications wait: the state cannot be read or written");
                    }
                    AGAIN
                }
            };
            // An error means that the follower is gone, and with it the console.
            if let Ok(Err(_)) = timeout(wait, bell.changed()).await {
                sleep(IDLE).await;
            }
        }
    }

    /// Tries the first that waits, if it is due. How long there is nothing to do then.
    async fn turn(&self, receiver: &Receiver) -> Result<Duration, sqlx::Error> {
        let Some(queued) = self.outbox.next(&receiver.name).await? else { return Ok(IDLE) };
        let now = now_ms();
        let wait = backoff::until(queued.next_at, now, LONGEST);
        if !wait.is_zero() {
            return Ok(wait.min(IDLE));
        }
        if !self.outbox.claim(&queued.id, now, now + backoff::ms(CLAIM)).await? {
            return Ok(AGAIN);
        }
        let came = match &queued.letter {
            Some(letter) => receiver.send(&letter.message(&receiver.name)).await,
            None => {
                let why = "a newer console has written it, in a form that this one does not know";
                Came::Failed(Failure { why: why.to_owned(), hope: Hope::NotThisOne })
            }
        };
        // What came of it is kept until it can be written down: forgotten, it would be sent again.
        let mut silent = false;
        while let Err(error) = self.settle(receiver, &queued, &came).await {
            if !std::mem::replace(&mut silent, true) {
                tracing::error!(receiver = %receiver.name, id = queued.id, %error, "what came of a notification cannot be written; trying until it can");
            }
            sleep(AGAIN).await;
        }
        Ok(Duration::ZERO)
    }

    async fn settle(&self, receiver: &Receiver, queued: &Queued, came: &Came) -> Result<(), sqlx::Error> {
        let (name, id, now) = (&receiver.name, queued.id.as_str(), now_ms());
        let tries = queued.tries.saturating_add(1);
        let Failure { why, hope } = match came {
            Came::Taken(_) => return self.outbox.delivered(id, now).await,
            Came::Failed(failure) => failure,
        };
        let over = match hope {
            Hope::Gone => true,
            Hope::NotThisOne => tries >= REFUSALS,
            Hope::Again(_) => backoff::too_old(queued.queued_at, now),
        };
        if over {
            self.outbox.give_up(id, why, now).await?;
            tracing::warn!(receiver = %name, id, why, "a notification was given up");
            return Ok(());
        }
        let asked = if let Hope::Again(asked) = hope { *asked } else { None };
        self.outbox.failed(id, why, now + backoff::ms(backoff::wait(tries, asked))).await?;
        if tries == 1 {
            tracing::warn!(receiver = %name, id, why, "a notification was not taken; it is tried again");
        }
        Ok(())
    }
}
