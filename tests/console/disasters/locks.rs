//! What a plain build does to an application that writes: it makes it wait, and it loses a deadlock with it.

use super::textloom::{console, fill, nothing_is_left, page, reason, says_what_the_database_says};
use super::writer::{Writer, nothing_is_lost};
use crate::console::Console;
use crate::killed::says;
use crate::runbooks::{phase, step};
use crate::support::{Database, eventually, execute};
use kneeboard::run::RunId;
use kneeboard::run::view::StepStatus;
use serde_json::json;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

const BY_CREATION: &str = "CREATE INDEX idx_tasks_created_at ON textloom_core.tasks (created_at)";
const BY_TYPE: &str = "CREATE INDEX idx_personas_persona_type ON textloom_core.personas (persona_type)";
const BY_TASK: &str = "CREATE INDEX idx_media_items_task_id ON textloom_core.media_items (task_id)";

/// A console whose one step carries out these in one transaction, as a migration does that knows no CONCURRENTLY.
async fn plain(airbag: &str, statements: &[&str]) -> (Console, RunId) {
    let database = Database::new().await;
    fill(&database, false).await;
    let run = format!(
        "lock_timeout = \"10m\"\nrun.sql = {{ transaction = true, statements = {} }}",
        json!(statements)
    );
    let console =
        console(database, &format!("{airbag}{}", phase("migrate", "migrate", &[step("build", &run)])));
    let run = console.start_run().await;
    (console, run)
}

/// A session of the application's that has written and goes on thinking.
async fn writes(console: &Console, what: &str) -> PgConnection {
    let mut session = console.database.admin().await;
    execute(&mut session, &format!("SET deadlock_timeout = '10min'; BEGIN; {what}")).await;
    session
}

async fn abandoned(console: &Console, run: &RunId) {
    assert_eq!(says_what_the_database_says(console, run).await, [("missing", 20)].into());
    let (status, answer) =
        console.command(run, json!({ "kind": "abandon", "reason": "plain builds do not go" })).await;
    assert_eq!(status, 200, "{answer}");
    nothing_is_left(console, run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_writes_on_behind_the_airbag_while_its_old_transaction_stays_open() {
    let (console, run) = plain("[airbag]\nsessions = 1\nafter = \"1s\"\n", &[BY_CREATION]).await;
    let writer = Writer::start(&console).await;
    let blocker =
        writes(&console, "UPDATE textloom_core.tasks SET progress = 1 WHERE title = 'Task 1'").await;
    console.start_step(&run, "build").await;
    assert_eq!(console.settled(&run, "build").await, StepStatus::Failed);
    let told = reason(&console, &run, "build").await;
    assert!(told.starts_with("the airbag stopped it") && told.contains("pgbench"), "{told}");
    // Its old transaction is still there.
    writer.goes_on(&console).await;
    blocker.close().await.unwrap();
    let confirmed = writer.end(&console).await;
    abandoned(&console, &run).await;
    nothing_is_lost(&console, confirmed, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_loses_a_deadlock_has_changed_nothing() {
    let (console, run) = plain("", &[BY_CREATION, BY_TYPE, BY_TASK]).await;
    let writer = Writer::start(&console).await;
    // It has media and wants a task; the migration gets the tasks, and comes to the media only when the personas are let go.
    let touch = |table: &str| format!("LOCK TABLE textloom_core.{table} IN ROW EXCLUSIVE MODE");
    let mut application = writes(&console, &touch("media_items")).await;
    let mut gate = writes(&console, &touch("personas")).await;
    console.start_step(&run, "build").await;
    let waits = |who: &str, table: &str| {
        format!(
            "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
             WHERE NOT l.granted AND l.relation = 'textloom_core.{table}'::regclass AND a.application_name LIKE '{who}')"
        )
    };
    let mut looker = console.database.admin().await;
    let migration = waits("kneeboard %/build", "personas");
    eventually("the migration has the tasks", async || {
        says(&mut console.database.admin().await, &migration).await
    })
    .await;
    execute(&mut application, "SET application_name = 'application'").await;
    let wants = tokio::spawn(async move {
        let update = "UPDATE textloom_core.tasks SET progress = 2 WHERE title = 'Task 2'";
        execute(&mut application, update).await;
        application
    });
    let waiting = waits("application", "tasks");
    eventually("the application waits", async || says(&mut console.database.admin().await, &waiting).await)
        .await;
    execute(&mut gate, "COMMIT").await;
    assert_eq!(console.settled(&run, "build").await, StepStatus::Failed);
    assert!(
        console.out(&run, "build").contains("40P01: deadlock detected"),
        "{}",
        console.out(&run, "build")
    );
    // The application got what it wanted.
    execute(&mut wants.await.unwrap(), "COMMIT").await;
    writer.goes_on(&console).await;
    assert!(
        says(
            &mut looker,
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'kneeboard %/build'"
        )
        .await
    );
    assert!(page(&console, &run).await.contains("20 missing"));
    let confirmed = writer.end(&console).await;
    abandoned(&console, &run).await;
    nothing_is_lost(&console, confirmed, 1).await;
}
