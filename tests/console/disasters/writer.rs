//! The application: `pgbench` with transactions of TextLoom's kind, and the count of those that it was promised.

use crate::console::Console;
use crate::support::{OWNER, PASSWORD, eventually, execute};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use tempfile::TempDir;

/// A new task with its media, a change of another task, and a note of it in a table that no step touches.
const TRANSACTION: &str = "
BEGIN;
WITH task AS (
    INSERT INTO textloom_core.tasks (title, task_type) VALUES ('pgbench', 'text_to_video') RETURNING id
), media AS (
    INSERT INTO textloom_core.media_items (task_id, filename, original_url, media_type)
    SELECT id, 'a.jpg', 'https://example.com/' || id, 'image' FROM task
)
INSERT INTO written (client, task) SELECT :client_id, id FROM task;
UPDATE textloom_core.tasks SET status = 'processing', updated_at = now()
WHERE id = (SELECT task FROM written WHERE client = :client_id ORDER BY id DESC LIMIT 1);
END;
";

const CLIENTS: i64 = 3;

pub struct Writer {
    process: Mutex<Child>,
    dir: TempDir,
}

impl Writer {
    pub async fn start(console: &Console) -> Self {
        let notes = "CREATE TABLE IF NOT EXISTS written (id bigserial PRIMARY KEY, client int, task uuid)";
        execute(&mut console.database.owner().await, notes).await;
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("transaction.sql"), TRANSACTION).unwrap();
        // At a rate that leaves the machine room for what is tested.
        let mut pgbench = Command::new("pgbench");
        pgbench.args([
            "-n",
            "-T",
            "600",
            "--rate=60",
            "--log",
            "--failures-detailed",
            "-f",
            "transaction.sql",
        ]);
        pgbench
            .arg(format!("--client={CLIENTS}"))
            .arg(console.database.url(OWNER))
            .env("PGPASSWORD", PASSWORD);
        let process = pgbench.current_dir(dir.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = Mutex::new(process.expect("pgbench, of PostgreSQL's server package"));
        let writer = Self { process, dir };
        writer.goes_on(console).await;
        writer
    }

    /// Waits until it has committed more than it had.
    pub async fn goes_on(&self, console: &Console) {
        let before = written(console).await;
        eventually("pgbench commits", async || written(console).await > before + CLIENTS).await;
    }

    /// Ends it from outside, unless that has happened. How many commits the server has confirmed to it.
    pub async fn end(self, console: &Console) -> i64 {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench'";
        eventually("pgbench has ended", async || {
            console.database.run(end).await;
            self.process.lock().unwrap().try_wait().unwrap().is_some()
        })
        .await;
        let logs = std::fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path());
        let logs = logs.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("pgbench_log"));
        let text: String = logs.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        // client, transaction, time or how it failed, ...
        let confirmed = |line: &&str| line.split(' ').nth(2).is_some_and(|time| time.parse::<u64>().is_ok());
        text.lines().filter(confirmed).count().try_into().unwrap()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let process = self.process.get_mut().unwrap();
        let _ = process.kill();
        let _ = process.wait();
    }
}

async fn written(console: &Console) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM written");
    count.fetch_one(&mut console.database.owner().await).await.unwrap()
}

/// Each confirmed commit is there as a whole. A client that was cut off may have committed one more, of which it was not told.
pub async fn nothing_is_lost(console: &Console, confirmed: i64, writers: i64) {
    let whole = "SELECT count(*) FROM written w
         JOIN textloom_core.tasks t ON t.id = w.task AND t.status = 'processing'
         JOIN textloom_core.media_items m ON m.task_id = t.id";
    let whole: i64 = sqlx::query_scalar(whole).fetch_one(&mut console.database.owner().await).await.unwrap();
    let noted = written(console).await;
    assert_eq!(whole, noted, "a transaction is there in part");
    assert!(
        noted >= confirmed && noted <= confirmed + writers * CLIENTS,
        "confirmed {confirmed} by {writers} writers, there are {noted}"
    );
}
