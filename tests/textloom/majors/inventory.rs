//! The index inventory: missing before the change, ok after it, and each index that somebody broke by its name.

use crate::runbook;
use crate::support::{Database, eventually, execute};
use kneeboard::run::Reading;
use kneeboard::run::reading::{IndexState, Says};
use kneeboard::runbook::Database as Objects;
use kneeboard::server::target::{self, Target};
use sqlx::Connection;

async fn says(target: &Target, objects: &Objects) -> Says {
    match target::read(target, objects).await {
        Reading::Says(says) => says,
        unreadable => panic!("{unreadable:?}"),
    }
}

pub async fn before_and_after_the_change(database: &Database, target: &Target) {
    let runbook = runbook();
    let objects = runbook.database.as_ref().unwrap();
    assert_eq!(says(target, objects).await.count(IndexState::Missing), objects.indexes.len());
    for index in &objects.indexes {
        database.run(&index.definition).await;
    }
    assert_eq!(says(target, objects).await.count(IndexState::Ok), objects.indexes.len());
}

pub async fn names_each_index_that_was_broken_by_hand(database: &Database, target: &Target) {
    let runbook = runbook();
    let objects = runbook.database.as_ref().unwrap();
    let [missing, invalid, different] =
        ["idx_tasks_celery_task_id", "idx_tasks_created_at", "idx_media_items_task_id"];
    for index in [missing, invalid, different] {
        database.run(&format!("DROP INDEX textloom_core.{index}")).await;
    }
    database.run(&format!("CREATE INDEX {different} ON textloom_core.media_items (media_type)")).await;
    interrupt_the_build_of(database, invalid, "textloom_core.tasks", "created_at").await;

    let says = says(target, objects).await;
    let state = |name| says.indexes.iter().find(|index| index.name == name).unwrap().state;
    assert_eq!(state(missing), IndexState::Missing);
    assert_eq!(state(invalid), IndexState::Invalid);
    assert_eq!(state(different), IndexState::Different);
    assert_eq!(says.count(IndexState::Ok), objects.indexes.len() - 3);
}

/// A concurrent build waits for whoever writes the table, with its index in the catalog already.
async fn interrupt_the_build_of(database: &Database, index: &str, table: &str, column: &str) {
    let mut writer = database.admin().await;
    execute(&mut writer, &format!("BEGIN; LOCK TABLE {table} IN ROW EXCLUSIVE MODE")).await;
    let mut builder = database.admin().await;
    execute(&mut builder, "SET lock_timeout = '200ms'").await;
    let build = sqlx::AssertSqlSafe(format!("CREATE INDEX CONCURRENTLY {index} ON {table} ({column})"));
    let error = sqlx::raw_sql(build).execute(&mut builder).await.unwrap_err();
    assert!(error.to_string().contains("lock timeout"), "{error}");
    builder.close().await.unwrap();
    writer.close().await.unwrap();
    eventually("the build's end", || async {
        let builds = "SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()";
        let builds: i64 = sqlx::query_scalar(builds).fetch_one(&mut database.admin().await).await.unwrap();
        builds == 0
    })
    .await;
}
