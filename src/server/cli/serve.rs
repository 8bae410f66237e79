//! `kneeboard serve`: the console on an address, until it is told to end.

use crate::server::console::{Console, Runbooks};
use crate::server::executor::{Executor, GRACE};
use crate::server::shim::launch::Launcher;
use crate::server::store::Store;
use crate::server::target::Targets;
use crate::server::web::{self, PublicUrl, Web};
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
    /// Address and port to listen on; loopback only, put a TLS proxy before it to be reached from elsewhere
    #[arg(long, env = "KNEEBOARD_LISTEN", default_value = "127.0.0.1:8480")]
    pub listen: SocketAddr,
    /// The address in people's browsers where a proxy stands before the console, for instance https://kneeboard.example.org
    #[arg(long, env = "KNEEBOARD_PUBLIC_URL")]
    pub public_url: Option<String>,
}

impl State {
    /// # Errors
    /// A sentence that says what to do.
    pub async fn open(&self) -> anyhow::Result<Store> {
        if let Some(dir) = self.dir() {
            make_dir(&dir)?;
        }
        Ok(Store::open(&self.url).await?)
    }

    /// The folder of the SQLite file.
    fn dir(&self) -> Option<PathBuf> {
        let path = Path::new(self.url.strip_prefix("sqlite:")?.trim_start_matches("//").split('?').next()?);
        Some(path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned())
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
    let listener = listen(options.listen).await?;
    let (console, changes) = options.places.open().await?;
    let driving = Driving::alone(console.state_dir())?;
    println!("Kneeboard is at http://{}", listener.local_addr()?);
    run(console, changes, driving, listener, options.public_url).await
}

/// # Errors
/// One sentence that says what to do when the port is taken.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "{address} is not loopback: people's sessions would cross the network in the clear. Listen on 127.0.0.1 and put a TLS proxy before it"
        );
    }
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
    public_url: Option<String>,
) -> anyhow::Result<()> {
    let public_url = public_url.map(|url| url.parse::<PublicUrl>()).transpose()?;
    let executor = Executor::new(console.clone(), Launcher::current(), GRACE);
    let tasks = [tokio::spawn(executor.run(changes)), tokio::spawn(console.clone().watch_store())];
    let web = Web::new(console.clone(), public_url);
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
