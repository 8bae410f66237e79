//! The index inventory: missing before the change, ok after it, and each index that somebody broke by its name.

use crate::runbook;
use crate::support::Database;
use kneeboard::run::Reading;
use kneeboard::run::reading::{IndexState, Says};
use kneeboard::runbook::Database as Objects;
use kneeboard::server::target::{self, Target};

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
    let build = format!("CREATE INDEX CONCURRENTLY {invalid} ON textloom_core.tasks (created_at)");
    database.interrupt(&build, "textloom_core.tasks").await;

    let says = says(target, objects).await;
    let state = |name| says.indexes.iter().find(|index| index.name == name).unwrap().state;
    assert_eq!(state(missing), IndexState::Missing);
    assert_eq!(state(invalid), IndexState::Invalid);
    assert_eq!(state(different), IndexState::Different);
    assert_eq!(says.count(IndexState::Ok), objects.indexes.len() - 3);
}
