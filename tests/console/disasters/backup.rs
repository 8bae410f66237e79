//! Backups that are none: each fails its own step, no later one starts, and "Database backup completed" stays open.

use super::textloom::{console, fill, item, phase_of};
use crate::api::{id, start};
use crate::console::Console;
use crate::support::Database;
use kneeboard::run::RunId;
use kneeboard::run::view::{ItemStatus, StepStatus};
use serde_json::json;
use std::path::PathBuf;

async fn night(database: Database) -> Console {
    fill(&database, false).await;
    let backup = phase_of("backup", "backup", &["backup-dump", "backup-read", "backup-prove"]);
    console(database, &format!("{backup}{}", item("backup-completed")))
}

async fn nothing_goes_on(console: &Console, run: &RunId, behind: &[&str], says: &str) {
    let failed = behind[0];
    console.start_step(run, failed).await;
    let log = async || {
        String::from_utf8_lossy(&std::fs::read(console.attempt_dir(run, failed, 1).join("out")).unwrap())
            .into_owned()
    };
    assert_eq!(console.settled(run, failed).await, StepStatus::Failed, "{}", log().await);
    assert!(log().await.contains(says), "{}", log().await);
    for later in &behind[1..] {
        let (status, refusal) = console.command(run, start(later)).await;
        assert_eq!(status, 409, "{refusal}");
    }
    let state = console.state(run).await;
    let (_, completed) = state.runbook.item(&id("backup-completed")).unwrap();
    assert_eq!(state.item_status(completed), ItemStatus::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_older_than_the_server_dumps_nothing() {
    // The newest of the tests' servers has no client of its own, and the system's is older.
    let console = night(Database::on_major(18).await).await;
    let (status, refusal) = console.ask_for_run("olga").await;
    let told = refusal["message"].as_str().unwrap_or_default();
    assert!(status == 409 && told.contains("older than the server (18)"), "{refusal}");
    // Who starts all the same is stopped by the dump.
    let body = json!({ "runbook": "test", "target": "shop", "despite": "I want to see it." });
    let (status, answer) = console.post("olga", "/runs", &body).await;
    assert_eq!(status, 201, "{answer}");
    let run: RunId = serde_json::from_value(answer["id"].clone()).unwrap();
    let steps = ["backup-dump", "backup-read", "backup-prove"];
    nothing_goes_on(&console, &run, &steps, "aborting because of server version mismatch").await;
    assert!(!console.artifacts(&run).join("backup").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_cut_short_is_not_read_to_its_end() {
    let console = night(Database::new().await).await;
    let run = console.start_run().await;
    console.start_step(&run, "backup-dump").await;
    assert_eq!(console.settled(&run, "backup-dump").await, StepStatus::Succeeded);
    let files = std::fs::read_dir(console.artifacts(&run).join("backup/dump")).unwrap();
    let files = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "gz"));
    let size = |path: &PathBuf| path.metadata().unwrap().len();
    let largest = files.max_by_key(size).unwrap();
    std::fs::File::options().write(true).open(&largest).unwrap().set_len(size(&largest) / 2).unwrap();
    nothing_goes_on(&console, &run, &["backup-read", "backup-prove"], "pg_restore: error: ").await;
}
