//! `kneeboard demo`: the console with a throw-away PostgreSQL, TextLoom's data and people to be. It lives in a folder of the
//! checkout; `--fresh` forgets the last demo.

use super::entrance;
use super::serve::{self, Data, Driving, Places, State};
use crate::run::Permission;
use crate::runbook::Id;
use crate::server::auth::{Auth, AuthError, Password, PersonName};
use crate::server::clock::now_ms;
use crate::server::console::{Console, Loaded};
use crate::server::notify::Receivers;
use anyhow::{Context, bail};
use clap::Args;
use std::collections::BTreeSet;
use std::fs::Permissions;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::{Child, Command};

#[derive(Args, Debug)]
pub struct Demo {
    #[arg(long, default_value = "127.0.0.1:8480")]
    listen: SocketAddr,
    /// Tasks in the demo's database; another number loads it anew
    #[arg(long, default_value_t = 10_000)]
    rows: u32,
    /// Where the demo keeps its database, its state and its logs
    #[arg(long, default_value = "target/demo")]
    dir: PathBuf,
    /// Forgets an earlier demo
    #[arg(long)]
    fresh: bool,
    #[arg(long, default_value = "runbooks")]
    runbooks: PathBuf,
}

/// Name, permissions, whether the person signs in every role that a runbook names.
const PEOPLE: [(&str, &[Permission], bool); 5] = [
    ("operator", &[Permission::Viewer, Permission::Operator], false),
    ("operator-2", &[Permission::Viewer, Permission::Operator], false),
    ("approver", &[Permission::Viewer, Permission::Approver], true),
    ("approver-2", &[Permission::Viewer, Permission::Approver], true),
    ("viewer", &[Permission::Viewer], false),
];

pub async fn demo(options: Demo) -> anyhow::Result<()> {
    let entrance = entrance::Options::default().read(options.listen)?;
    let listener = serve::bind(options.listen).await?;
    let script = Path::new("scripts/demo-db.sh");
    if !script.exists() {
        bail!("the demo needs scripts/demo-db.sh: start it in a checkout with make demo");
    }
    if options.fresh && options.dir.exists() {
        std::fs::remove_dir_all(&options.dir)
            .with_context(|| format!("{} cannot be removed", options.dir.display()))?;
    }
    std::fs::create_dir_all(&options.dir)
        .with_context(|| format!("{} cannot be made", options.dir.display()))?;
    let dir = options.dir.canonicalize()?;
    // Whatever the umask: the console does not keep its state where others may put files.
    std::fs::set_permissions(&dir, Permissions::from_mode(0o755))?;
    let (postgres, url) = database(script, &dir.join("postgres"), options.rows).await?;
    let targets = dir.join("targets.toml");
    write_private(
        &targets,
        &format!("[[targets]]\nname = \"textloom-demo\"\nenvironment = \"demo\"\nurl = \"{url}\"\n"),
    )?;
    let places = Places {
        data: Data {
            state: State { url: format!("sqlite://{}", dir.join("state.sqlite").display()) },
            data: Some(dir.clone()),
        },
        runbooks: options.runbooks,
        targets: Some(targets),
    };
    let (console, changes) = places.open().await?;
    let driving = Driving::alone(console.state_dir())?;
    let password = people(&console, &dir).await?;
    println!();
    println!("  Kneeboard demo   http://{}", listener.local_addr()?);
    println!("  people           {}", PEOPLE.map(|(name, ..)| name).join(", "));
    println!("  password         {password}");
    println!("  database         {} tasks, PostgreSQL of this machine, ends with the demo", options.rows);
    println!(
        "  Ctrl-C           ends it; start again to go on, with FRESH=1 make demo (--fresh) to begin anew"
    );
    println!();
    let ended = serve::run(console, changes, driving, listener, entrance, Receivers::default()).await;
    stop(postgres).await;
    ended
}

/// Starts the demo's PostgreSQL as our child and loads it.
async fn database(script: &Path, dir: &Path, rows: u32) -> anyhow::Result<(Child, String)> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port().to_string();
    // A group of its own: Ctrl-C in the terminal is ours to pass on, after the pages have been told.
    let mut postgres = Command::new(script)
        .arg("run")
        .arg(dir)
        .arg(&port)
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .context("the demo's PostgreSQL cannot be started")?;
    let mut load = Command::new(script);
    load.arg("load").arg(dir).arg(&port).arg(rows.to_string()).stdin(Stdio::null()).kill_on_drop(true);
    let loaded = tokio::select! {
        loaded = load.status() => loaded?,
        ended = postgres.wait() => bail!("the demo's PostgreSQL ended ({}); {}/postgres.log says why", ended?, dir.display()),
        () = serve::told_to_end() => bail!("ended before the database was loaded"),
    };
    if !loaded.success() {
        bail!("the demo's database could not be loaded; the lines above say why");
    }
    let url = std::fs::read_to_string(dir.join("url")).context("the demo's database has no address")?;
    Ok((postgres, url.trim().to_owned()))
}

/// SIGINT is PostgreSQL's fast shutdown.
async fn stop(mut postgres: Child) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let Some(id) = postgres.id().and_then(|id| i32::try_from(id).ok()) else { return };
    let _ = kill(Pid::from_raw(id), Signal::SIGINT);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(20), postgres.wait()).await;
}

/// Makes the demo's people, once. All have one password: random, or KNEEBOARD_DEMO_PASSWORD.
async fn people(console: &Console, dir: &Path) -> anyhow::Result<String> {
    let file = dir.join("password");
    let kept = std::fs::read_to_string(&file).ok();
    let fixed = std::env::var("KNEEBOARD_DEMO_PASSWORD").ok().filter(|password| !password.is_empty());
    let password = fixed
        .or_else(|| kept.clone())
        .unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string()[..16].to_owned());
    let roles = sign_off_roles(console)?;
    let auth = Auth::new(console.store().pool());
    let secret = Password::parse(&password)?;
    for (name, permissions, signs) in PEOPLE {
        let roles = if signs { roles.clone() } else { BTreeSet::new() };
        let name = PersonName::parse(name)?;
        match auth.people.add(&name, &secret, &permissions.iter().copied().collect(), &roles, now_ms()).await
        {
            Ok(()) => {}
            // Sessions outlive a restart of the demo, unless its password changed.
            Err(AuthError::PersonExists(_)) if kept.as_ref() == Some(&password) => {}
            Err(AuthError::PersonExists(_)) => auth.people.set_password(&name, &secret).await?,
            Err(error) => return Err(error.into()),
        }
    }
    write_private(&file, &password)?;
    Ok(password)
}

fn sign_off_roles(console: &Console) -> anyhow::Result<BTreeSet<Id>> {
    let runbooks = console.runbooks().list()?.into_iter().filter_map(|file| file.content.ok());
    let gates = |loaded: Loaded| loaded.runbook.phases.clone().into_iter().filter_map(|phase| phase.gate);
    Ok(runbooks.flat_map(gates).flat_map(|gate| gate.sign_offs).map(|rule| rule.role).collect())
}

fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let file = std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", path.display()))
}
