//! PostgreSQL 13, 15 and 18, each with 10,000 and with 100,000 tasks. Loading takes longer than asking, so each pair is one test that
//! hands its database from one part of the console to the next, in the order of a change.

mod aftercare;
mod inventory;
mod preflight;
mod verdicts;

use crate::{load, runbook, statements, textloom};
use kneeboard::server::target;

async fn all_parts(major: u32, tasks: u32) {
    let (database, target) = textloom(Some(major), tasks).await;
    let facts = target::facts(&target).await.unwrap();
    assert!(facts.server_version.starts_with(&format!("{major}.")), "{}", facts.server_version);
    assert!(statements::understood(&target, &runbook()).await > 10);
    assert!(statements::understood(&target, &load("textloom-maintenance")).await > 2);
    preflight::passes_the_runbook_that_ships(&target, major).await;
    preflight::finds_every_mistake_of_the_document(&database, &target).await;
    let baseline = verdicts::baseline(&target).await;
    inventory::before_and_after_the_change(&database, &target).await;
    verdicts::judge(&database, &target, baseline, tasks).await;
    aftercare::says_what_moved_since(&database, &target, major).await;
    aftercare::says_what_a_role_cannot_see(&database).await;
    inventory::names_each_index_that_was_broken_by_hand(&database, &target).await;
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
