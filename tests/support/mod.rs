//! A throw-away PostgreSQL for the tests of one program, of one major version or of several: made once, ended with the program however
//! that ends. Each test has a database of its own in it.

use kneeboard::runbook::Id;
use kneeboard::server::target::{Target, Targets};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// The role that owns what the tests make, and one that may do nothing. Both have the password `secret` by TCP.
pub const OWNER: &str = "owner";
pub const PLAIN: &str = "plain";
pub const PASSWORD: &str = "secret";

struct Server {
    port: u16,
    /// Directory of the socket by which the superuser comes in.
    socket: PathBuf,
    /// The server ends when this one's input closes: with the program, even when it is killed.
    shell: std::sync::Mutex<Child>,
}

/// A database of one test.
#[derive(Clone)]
pub struct Database {
    pub name: String,
    server: &'static Server,
}

impl Database {
    /// On the newest server that is installed.
    pub async fn new() -> Self {
        Self::on(None).await
    }

    /// On the tests' own server of that major version.
    pub async fn on_major(major: u32) -> Self {
        Self::on(Some(major)).await
    }

    /// On a server of its own, which the test may stop and start.
    pub async fn alone() -> Self {
        let server: &'static Server = Box::leak(Box::new(start(None)));
        prepare(server).await.expect("a server");
        Self::of(server).await
    }

    async fn on(major: Option<u32>) -> Self {
        Self::of(server(major).await).await
    }

    async fn of(server: &'static Server) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let database = Self { name: "postgres".to_owned(), server };
        database.run(&format!("CREATE DATABASE {name} OWNER {OWNER}")).await;
        Self { name, server }
    }

    /// A session as the superuser.
    pub async fn admin(&self) -> PgConnection {
        connect(self.server.options().database(&self.name)).await
    }

    /// A session as the owner.
    pub async fn owner(&self) -> PgConnection {
        self.session(OWNER).await
    }

    /// A session as this role.
    pub async fn session(&self, role: &str) -> PgConnection {
        let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(self.server.port);
        connect(options.username(role).password(PASSWORD).database(&self.name)).await
    }

    /// Makes the database one that nobody can reach.
    pub async fn lose(&self) {
        let outside = Self { name: "postgres".to_owned(), server: self.server };
        outside.run(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }

    /// Stops a server of its own: `INT` is PostgreSQL's fast shutdown, `QUIT` the immediate one, after which it has to recover.
    pub async fn stop_server(&self, signal: &str) {
        self.server.tell(signal);
        let options = self.server.options().database(&self.name);
        eventually("the server is down", async || options.connect().await.is_err()).await;
    }

    /// A standby of the server, on one of its own; it ends with the program.
    pub async fn standby(&self) {
        let (folder, primary) = (folder(), &self.server.socket);
        let cluster = folder.join("cluster");
        let mut copy = Command::new("pg_basebackup");
        copy.args(["-U", "postgres", "--write-recovery-conf", "--checkpoint=fast", "-p"]);
        copy.arg(self.server.port.to_string()).arg("-h").arg(primary).arg("-D").arg(&cluster);
        let done = copy.output().expect("pg_basebackup");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        // As root, PostgreSQL runs as another user.
        let owner = Command::new("chown").arg("-R").arg("--reference").arg(primary).arg(&cluster).status();
        assert!(owner.expect("chown").success());
        let standby: &'static Server = Box::leak(Box::new(serve(folder, None)));
        eventually("the standby answers", async || {
            standby.options().database("postgres").connect().await.is_ok()
        })
        .await;
    }

    /// Starts it again.
    pub async fn start_server(&self) {
        self.server.tell("start");
        let options = self.server.options().database(&self.name);
        eventually("the server is up", async || options.connect().await.is_ok()).await;
    }

    /// Carries out statements as the superuser.
    pub async fn run(&self, sql: &str) {
        execute(&mut self.admin().await, sql).await;
    }

    /// The database as the console's target `shop`, entered as this role.
    pub fn target(&self, role: &str) -> Target {
        let targets = Targets::load(None, &[("KNEEBOARD_TARGET_SHOP".to_owned(), self.url(role))].into());
        targets.expect("a target").get(&Id::parse("shop").expect("an id")).expect("shop").clone()
    }

    /// A concurrent build that waits for a writer of the table, with its index in the catalog already, and gives up there.
    pub async fn interrupt(&self, build: &str, table: &str) {
        let mut writer = self.admin().await;
        execute(&mut writer, &format!("BEGIN; LOCK TABLE {table} IN ROW EXCLUSIVE MODE")).await;
        let mut builder = self.admin().await;
        execute(&mut builder, "SET lock_timeout = '200ms'").await;
        let error = sqlx::raw_sql(AssertSqlSafe(build)).execute(&mut builder).await.unwrap_err();
        assert!(error.to_string().contains("lock timeout"), "{error}");
        builder.close().await.expect("an end");
        writer.close().await.expect("an end");
        eventually("the build's end", || async {
            let builds =
                "SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()";
            sqlx::query_scalar(builds).fetch_one(&mut self.admin().await).await.is_ok_and(|n: i64| n == 0)
        })
        .await;
    }

    pub fn url(&self, role: &str) -> String {
        format!("postgres://{role}:{PASSWORD}@127.0.0.1:{}/{}", self.server.port, self.name)
    }
}

impl Database {
    /// Carries out files of psql's as the superuser in the role of the owner, with `n` as a variable.
    pub fn psql(&self, files: &[&str], n: u32) {
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", &format!("n={n}"), "-U", "postgres", "-h"]);
        psql.arg(&self.server.socket).args(["-p", &self.server.port.to_string(), "-d", &self.name]);
        psql.args(files.iter().flat_map(|file| ["-f", file])).env("PGOPTIONS", format!("-c role={OWNER}"));
        let done = psql.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("psql");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

pub async fn execute(session: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(session).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

const PATIENCE: Duration = Duration::from_secs(20);

/// Asks until it is so, for at most 20 s.
pub async fn eventually<F: Future<Output = bool>>(what: &str, ask: impl FnMut() -> F) {
    eventually_within(PATIENCE, what, ask).await;
}

/// The same for what may take longer.
pub async fn eventually_within<F>(patience: Duration, what: &str, mut ask: impl FnMut() -> F)
where
    F: Future<Output = bool>,
{
    let ask = || {
        let asked = ask();
        async { asked.await.then_some(()) }
    };
    some_within(patience, what, ask).await;
}

pub async fn eventually_some<T, F: Future<Output = Option<T>>>(what: &str, ask: impl FnMut() -> F) -> T {
    some_within(PATIENCE, what, ask).await
}

async fn some_within<T, F>(patience: Duration, what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < patience, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn connect(options: PgConnectOptions) -> PgConnection {
    options.disable_statement_logging().connect().await.expect("a connection to the test's server")
}

impl Server {
    /// A line for the shell that keeps it.
    fn tell(&self, line: &str) {
        let mut shell = self.shell.lock().expect("the shell");
        writeln!(shell.stdin.as_mut().expect("its input"), "{line}").expect("a shell that listens");
    }

    fn options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass().port(self.port).username("postgres");
        options.host(self.socket.to_str().expect("a path in UTF-8"))
    }
}

/// Started once for all tests of the program, one for each major version that they ask for.
async fn server(major: Option<u32>) -> &'static Server {
    type Started = BTreeMap<Option<u32>, Result<&'static Server, String>>;
    static SERVERS: Mutex<Started> = Mutex::const_new(BTreeMap::new());
    let mut servers = SERVERS.lock().await;
    if let Entry::Vacant(place) = servers.entry(major) {
        let server: &'static Server = Box::leak(Box::new(start(major)));
        place.insert(prepare(server).await.map(|()| server));
    }
    servers[&major].as_ref().unwrap_or_else(|error| panic!("no server: {error}"))
}

/// `scripts/demo-db.sh run`, under a shell that waits for its input to end. A line of the input is a signal that stops the server, the
/// line after it starts it again.
fn start(major: Option<u32>) -> Server {
    if let Some(major) = major {
        let mut asked = Command::new("bash");
        asked.args(["-c", r#". scripts/lib.sh && pg_bin_of "$0""#, &major.to_string()]);
        let asked = asked.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("bash");
        assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    }
    serve(folder(), major)
}

/// Others may enter: as root, PostgreSQL runs as another user.
fn folder() -> PathBuf {
    let mode = PermissionsExt::from_mode(0o755);
    let folder = tempfile::Builder::new().prefix("kneeboard-test-").permissions(mode).tempdir();
    folder.expect("a folder").keep()
}

/// The cluster in the folder, which is made where there is none.
fn serve(folder: PathBuf, major: Option<u32>) -> Server {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/demo-db.sh");
    let supervise = r#""$0" run "$1" "$2" &
        while read -r signal; do kill "-$signal" $!; wait $!; read -r _; "$0" run "$1" "$2" & done
        kill -INT $!; wait $!; rm -rf "$1""#;
    let mut shell = Command::new("bash");
    shell.args(["-c", supervise]).arg(script).arg(&folder).arg(port.to_string());
    shell.env("PG_MAJOR", major.map(|major| major.to_string()).unwrap_or_default());
    let shell = shell.stdin(Stdio::piped()).process_group(0).spawn().expect("bash");
    Server { port, socket: folder.join("cluster"), shell: shell.into() }
}

async fn prepare(server: &'static Server) -> Result<(), String> {
    let begun = Instant::now();
    let mut session = loop {
        match server.options().database("postgres").connect().await {
            Ok(session) => break session,
            Err(error) if begun.elapsed() > Duration::from_secs(60) => return Err(error.to_string()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    for role in [OWNER, PLAIN] {
        execute(&mut session, &format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")).await;
    }
    session.close().await.map_err(|error| error.to_string())
}
