//! PostgreSQL 13, 15 and 18, each with 10,000 and with 100,000 tasks. Loading takes longer than asking, so each pair is one test that
//! hands its database from one part of the console to the next.

use crate::support::Database;
use crate::{runbook, textloom};
use kneeboard::run::Reading;
use kneeboard::run::reading::{IndexState, Says};
use kneeboard::runbook::Database as Objects;
use kneeboard::server::target::{self, Target};

async fn all_parts(major: u32, tasks: u32) {
    let (database, target) = textloom(Some(major), tasks).await;
    let facts = target::facts(&target).await.unwrap();
    assert!(facts.server_version.starts_with(&format!("{major}.")), "{}", facts.server_version);
    inventory(&database, &target).await;
}

macro_rules! majors {
    ($($name:ident: $major:literal, $tasks:literal;)*) => {
        $(#[tokio::test] async fn $name() { all_parts($major, $tasks).await; })*
    };
}

majors! {
    postgresql_13_with_10_000_tasks: 13, 10_000;
    postgresql_15_with_10_000_tasks: 15, 10_000;
    postgresql_18_with_10_000_tasks: 18, 10_000;
    postgresql_13_with_100_000_tasks: 13, 100_000;
    postgresql_15_with_100_000_tasks: 15, 100_000;
    postgresql_18_with_100_000_tasks: 18, 100_000;
}

async fn says(target: &Target, objects: &Objects) -> Says {
    match target::read(target, objects).await {
        Reading::Says(says) => says,
        unreadable => panic!("{unreadable:?}"),
    }
}

/// Missing before the migration, ok after it, and each way to break an index found by its name.
async fn inventory(database: &Database, target: &Target) {
    let runbook = runbook();
    let objects = runbook.database.as_ref().unwrap();
    assert_eq!(says(target, objects).await.count(IndexState::Missing), objects.indexes.len());
    for index in &objects.indexes {
        database.run(&index.definition).await;
    }
    assert_eq!(says(target, objects).await.count(IndexState::Ok), objects.indexes.len());
}
