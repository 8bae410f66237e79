//! The console is killed in the middle of a migration: indexes are built concurrently, by a statement and by Alembic. The console that
//! comes after it reads the database and judges.

use crate::api::id;
use crate::console::{Console, succeeded};
use crate::killed::{goes_on, says, waits_for_lock};
use crate::runbooks::{ORDERS, build, shell, step, work};
use crate::support::{OWNER, execute};
use kneeboard::run::view::StepStatus;
use sqlx::postgres::PgConnection;
use std::path::Path;
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn create_index_concurrently_goes_on_and_the_database_is_asked() {
    let steps = [build(), shell("next", "echo done")];
    let mut console = Console::open(&format!("{ORDERS}{}", work(&steps))).await;
    let mut owner = console.database.owner().await;
    execute(&mut owner, "CREATE TABLE orders AS SELECT n FROM generate_series(1, 20000) n").await;
    let mut reader = old_transaction(&console).await;
    let run = console.start_run().await;
    console.start_step(&run, "build").await;
    waits_for_lock(&console, "build").await;
    console.kill();
    let invalid =
        "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = 'ix_orders_n'::regclass AND NOT indisvalid)";
    assert!(says(&mut owner, invalid).await);
    console.serve();
    console.running(&run, "build").await;
    execute(&mut reader, "COMMIT").await;
    assert_eq!(console.settled(&run, "build").await, StepStatus::Succeeded);
    let state = console.state(&run).await;
    let reason = &state.last_attempt(&id("build")).unwrap().judged.as_ref().unwrap().reason;
    assert_eq!(reason, "command said exit code 0; database says of 1 indexes 1 ok");
    let log = console.download(&run, "build").await;
    assert_eq!(log.matches("CREATE INDEX CONCURRENTLY").count(), 1, "{log}");
    assert_eq!(console.times_queued(&run, "build").await, 1);
    goes_on(&console, &run, "next").await;
}

/// TextLoom's own migration, with the tools that `scripts/setup.sh` installs.
#[tokio::test(flavor = "multi_thread")]
async fn alembic_builds_all_20_indexes_whoever_watches() {
    let uv = Command::new("uv").arg("--version").output();
    assert!(uv.is_ok(), "uv is missing: `make test` installs it");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/textloom");
    let mut console = Console::open(&textloom()).await;
    std::os::unix::fs::symlink(&root, console.path("runbooks/textloom")).unwrap();
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "n=500", "-d", &console.database.url(OWNER), "-f"]);
    succeeded({
        psql.arg(root.join("sql/schema.sql")).arg("-f").arg(root.join("sql/data.sql"));
        psql
    });
    let mut reader = old_transaction(&console).await;
    let run = console.start_run().await;
    console.start_step(&run, "upgrade").await;
    waits_for_lock(&console, "upgrade").await;
    console.kill();
    execute(&mut reader, "COMMIT").await;
    console.serve();
    assert_eq!(console.settled(&run, "upgrade").await, StepStatus::Succeeded);
    let log = console.download(&run, "upgrade").await;
    for n in 1..=20 {
        let line = format!("{n:2}/20 ");
        assert_eq!(log.lines().filter(|shown| shown.contains(&line)).count(), 1, "index {n} in {log}");
    }
    let valid = "SELECT count(*) = 20 FROM pg_index JOIN pg_class ON oid = indexrelid
                 WHERE relname LIKE 'idx\\_%' AND indisvalid AND relnamespace = 'textloom_core'::regnamespace";
    assert!(says(&mut console.database.owner().await, valid).await, "{log}");
    goes_on(&console, &run, "downgrade").await;
}

fn textloom() -> String {
    let alembic = |id: &str, arguments: &str| {
        step(
            id,
            &format!(
                "run.command = {{ argv = [\"uv\", \"run\", \"alembic\", {arguments}], cwd = \"textloom\" }}"
            ),
        )
    };
    work(&[
        alembic("upgrade", "\"upgrade\", \"b15222e11ab9\""),
        alembic("downgrade", "\"downgrade\", \"3737e96ea445\""),
    ])
}

/// A transaction with a snapshot, for which every concurrent build waits.
pub async fn old_transaction(console: &Console) -> PgConnection {
    let mut session = console.database.owner().await;
    execute(&mut session, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1").await;
    session
}
