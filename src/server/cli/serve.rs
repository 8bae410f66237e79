//! `kneeboard serve`: the console on an address, until it is told to end.

use super::entrance;
use crate::server::console::{Console, Runbooks};
use crate::server::executor::{Executor, GRACE};
use crate::server::modes::{Closed, check};
use crate::server::notify::{Notify, Receivers};
use crate::server::shim::launch::Launcher;
use crate::server::store::Store;
use crate::server::target::Targets;
use crate::server::web::{self, Entrance, Web};
use anyhow::{Context, bail};
use clap::Args;
use std::fs::{File, OpenOptions, TryLockError};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;

/// Where the console keeps its own state.
#[derive(Args, Clone, Debug)]
pub struct State {
    /// The console's own state: sqlite:///path/state.sqlite or postgres://user@host/database
    #[arg(long = "state", env = "KNEEBOARD_STATE", default_value = "sqlite://kneeboard-state/state.sqlite")]
    pub url: String,
}

/// Where the console keeps what it writes.
#[derive(Args, Clone, Debug)]
pub struct Data {
    #[command(flatten)]
    pub state: State,
    /// Folder for logs and artifacts of runs; beside the SQLite file where it is not given
    #[arg(long, env = "KNEEBOARD_DATA")]
    pub data: Option<PathBuf>,
}

/// Where the console keeps and finds its things.
#[derive(Args, Clone, Debug)]
pub struct Places {
    #[command(flatten)]
    pub data: Data,
    /// Folder of runbooks
    #[arg(long, env = "KNEEBOARD_RUNBOOKS", default_value = "runbooks")]
    pub runbooks: PathBuf,
    /// File that names the targets; KNEEBOARD_TARGET_<NAME>=postgres://... adds to it
    #[arg(long, env = "KNEEBOARD_TARGETS")]
    pub targets: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
pub struct Serve {
    #[command(flatten)]
    pub places: Places,
    /// Address and port to listen on; beyond loopback it takes --tls-cert or --behind-proxy
    #[arg(long, env = "KNEEBOARD_LISTEN", default_value = "127.0.0.1:8480")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub entrance: entrance::Options,
    /// File of those who are told what happens in runs, by webhook or e-mail
    #[arg(long, env = "KNEEBOARD_NOTIFY", value_name = "FILE")]
    pub notify: Option<PathBuf>,
}

impl State {
    /// # Errors
    /// A sentence that says what to do.
    pub async fn open(&self) -> anyhow::Result<Store> {
        if let Some(dir) = self.dir() {
            make_dir(&dir)?;
            check(&dir, Closed::Kept)?;
        }
        if let Some(file) = self.file() {
            check(file, Closed::Secret)?;
        }
        Ok(Store::open(&self.url).await?)
    }

    /// The folder of the SQLite file.
    fn dir(&self) -> Option<PathBuf> {
        Some(
            self.file()?
                .parent()
                .filter(|dir| !dir.as_os_str().is_empty())
                .unwrap_or(Path::new("."))
                .to_owned(),
        )
    }

    fn file(&self) -> Option<&Path> {
        Some(Path::new(self.url.strip_prefix("sqlite:")?.trim_start_matches("//").split('?').next()?))
    }
}

fn make_dir(dir: &Path) -> anyhow::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("the folder {} cannot be made; name another", dir.display()))
}

impl Data {
    /// Opens the state, and gives the folder with it.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub async fn open(&self) -> anyhow::Result<(Store, PathBuf)> {
        let folder = self.folder()?;
        Ok((self.state.open().await?, folder))
    }

    /// The folder, made if it is not there.
    fn folder(&self) -> anyhow::Result<PathBuf> {
        let data = self.data.clone().or_else(|| self.state.dir());
        let data = data.context("with a state in PostgreSQL, say with --data where logs are to be kept")?;
        make_dir(&data)?;
        check(&data, Closed::Kept)?;
        Ok(data.canonicalize()?)
    }
}

impl Places {
    /// Opens the state, the runbooks and the targets.
    pub async fn open(&self) -> anyhow::Result<(Console, UnboundedReceiver<crate::run::RunId>)> {
        let data = self.data.folder()?;
        if !self.runbooks.is_dir() {
            bail!("there is no folder {} of runbooks; name it with --runbooks", self.runbooks.display());
        }
        let runbooks = self.runbooks.canonicalize()?;
        check(&runbooks, Closed::Shared)?;
        if let Some(targets) = &self.targets {
            check(targets, Closed::Kept)?;
        }
        let targets = Targets::load(self.targets.as_deref(), &std::env::vars().collect())?;
        let store = self.data.state.open().await?;
        Ok(Console::new(store, data, Runbooks::new(runbooks), targets))
    }
}

/// Held by the one console that drives the runs whose logs are in this folder.
pub struct Driving(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Driving {
    /// # Errors
    /// Another console has it.
    pub fn alone(data: &Path) -> anyhow::Result<Self> {
        Self::take(data)?
            .with_context(|| format!("another console drives the runs in {}; end it first", data.display()))
    }

    /// None where another console has it.
    pub fn take(data: &Path) -> anyhow::Result<Option<Self>> {
        let path = data.join("console.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

pub async fn serve(options: Serve) -> anyhow::Result<()> {
    let entrance = options.entrance.read(options.listen)?;
    let receivers = options.notify.as_deref().map(receivers).transpose()?.unwrap_or_default();
    let listener = bind(options.listen).await?;
    let (console, changes) = options.places.open().await?;
    let driving = Driving::alone(console.state_dir())?;
    let public = entrance.public_url.as_ref().map(|public| format!(", as {}", public.origin()));
    let here = format!("{}://{}", entrance.scheme(), listener.local_addr()?);
    println!("Kneeboard is at {here}{}", public.unwrap_or_default());
    run(console, changes, driving, listener, entrance, receivers).await
}

/// # Errors
/// Every mistake of the file, with its place.
pub fn receivers(file: &Path) -> anyhow::Result<Receivers> {
    Ok(Receivers::load(file, &std::env::vars().collect())?)
}

/// # Errors
/// One sentence that says what to do when the port is taken.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "port {} is in use: end what listens there, or choose another port with --listen (make demo: PORT=...)",
            address.port()
        ),
        _ => anyhow::anyhow!("cannot listen on {address}: {error}"),
    })
}

/// Serves until SIGINT or SIGTERM. Steps that run go on without it.
pub async fn run(
    console: Console,
    changes: UnboundedReceiver<crate::run::RunId>,
    _driving: Driving,
    listener: TcpListener,
    entrance: Entrance,
    receivers: Receivers,
) -> anyhow::Result<()> {
    let here = format!("{}://{}", entrance.scheme(), listener.local_addr()?);
    let origin = entrance.public_url.as_ref().map_or(here, |public| public.origin().to_owned());
    let notify = Notify::new(console.store(), receivers);
    let executor = Executor::new(console.clone(), Launcher::current(), GRACE);
    let mut tasks = vec![tokio::spawn(executor.run(changes)), tokio::spawn(console.clone().watch_store())];
    tasks.extend(entrance.tls.clone().map(|tls| tokio::spawn(tls.follow())));
    tasks.extend(notify.begin(&console, &origin));
    let web = Web::new(console.clone(), entrance).telling(notify);
    let stop = web.stop.clone();
    tokio::spawn(async move {
        told_to_end().await;
        stop.cancel();
    });
    web::serve(listener, web).await?;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    console.store().close().await;
    Ok(())
}

/// Completes on SIGINT or SIGTERM.
pub async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
