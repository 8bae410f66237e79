//! SIGINT and SIGTERM: the running statement is cancelled on the server, so that it does not go on without its step.

use super::{Failed, PATIENCE, say};
use crate::server::target::error::sentence;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::timeout;

/// How long a cancelled statement may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// Shared by the work and by what listens for signals.
#[derive(Clone, Default)]
pub(super) struct Stopping(Rc<Shared>);

#[derive(Default)]
struct Shared {
    told: Cell<bool>,
    bell: Notify,
    /// The work ends by itself once it is told, and has to clean up before.
    tidies: Cell<bool>,
    /// The session of the work, once there is one.
    backend: RefCell<Option<(PgConnectOptions, i32)>>,
}

impl Stopping {
    /// # Errors
    /// [`Failed::Stopped`] once the step was told to stop: no further statement begins.
    pub(super) fn check(&self) -> Result<(), Failed> {
        if self.0.told.get() { Err(Failed::Stopped) } else { Ok(()) }
    }

    /// Comes back once the step was told to stop.
    pub(super) async fn told(&self) {
        let rung = self.0.bell.notified();
        if !self.0.told.get() {
            rung.await;
        }
    }

    /// From now on the work's own end is waited for, however long it takes and however often it is told: who cannot wait kills.
    pub(super) fn tidies(&self) {
        self.0.tidies.set(true);
    }

    /// From now on a signal cancels this session's statement.
    pub(super) async fn can_cancel(
        &self,
        options: PgConnectOptions,
        session: &mut PgConnection,
    ) -> Result<(), Failed> {
        let backend = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(session).await?;
        self.0.backend.replace(Some((options, backend)));
        self.check()
    }
}

pub(super) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    stopping: Stopping,
    by: Option<SignalKind>,
}

impl Stop {
    pub(super) fn listen() -> Result<Self, Failed> {
        let listen = |kind| {
            let failed =
                |error| Failed::File { what: "cannot listen for", path: "signals".to_owned(), error };
            signal(kind).map_err(failed)
        };
        let (interrupt, terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate, stopping: Stopping::default(), by: None })
    }

    pub(super) fn stopping(&self) -> Stopping {
        self.stopping.clone()
    }

    /// As a shell tells it: 128 and the signal's number.
    pub(super) fn exit_code(&self) -> Option<u8> {
        self.by.and_then(|kind| u8::try_from(128 + kind.as_raw_value()).ok())
    }

    /// The work's own end, also after a signal: what was carried out before the cancel arrived was carried out. A second signal, or
    /// a statement that does not end, ends the waiting.
    pub(super) async fn unless_asked(
        &mut self,
        work: impl Future<Output = Result<(), Failed>>,
    ) -> Result<(), Failed> {
        let mut work = pin!(work);
        tokio::select! {
            done = &mut work => return done,
            kind = asked(&mut self.interrupt, &mut self.terminate) => self.by = Some(kind),
        }
        self.stopping.0.told.set(true);
        self.stopping.0.bell.notify_waiters();
        if self.stopping.0.tidies.get() {
            say("told to stop: cleaning up");
            return work.await;
        }
        let backend = self.stopping.0.backend.take();
        let Some((options, backend)) = backend else { return Err(Failed::Stopped) };
        say("told to stop: cancelling the statement on the server");
        let ended = async {
            let cancelling = async { say(&cancel(&options, backend).await) };
            let ((), done) = tokio::join!(cancelling, timeout(GRACE, work));
            done.unwrap_or(Err(Failed::Stopped))
        };
        tokio::select! {
            done = ended => done,
            kind = asked(&mut self.interrupt, &mut self.terminate) => {
                self.by = Some(kind);
                Err(Failed::Stopped)
            }
        }
    }
}

async fn asked(interrupt: &mut Signal, terminate: &mut Signal) -> SignalKind {
    tokio::select! {
        _ = interrupt.recv() => SignalKind::interrupt(),
        _ = terminate.recv() => SignalKind::terminate(),
    }
}

/// From a session of its own; what came of it, in one line.
async fn cancel(options: &PgConnectOptions, backend: i32) -> String {
    let cancel = async {
        let mut session = options.connect().await?;
        let asked = sqlx::query_scalar("SELECT pg_cancel_backend($1)").bind(backend);
        let met: bool = asked.fetch_one(&mut session).await?;
        session.close().await?;
        Ok::<_, sqlx::Error>(met)
    };
    match timeout(PATIENCE, cancel).await {
        Ok(Ok(true)) => format!("backend {backend} was told to cancel"),
        Ok(Ok(false)) => format!("backend {backend} was gone already"),
        Ok(Err(error)) => format!("backend {backend} could not be cancelled: {}", sentence(&error)),
        Err(_) => format!("backend {backend} could not be cancelled: the server did not answer"),
    }
}
