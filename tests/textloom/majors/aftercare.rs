//! What the aftercare page asks: counters and what moved, statements, bloat, and what a role cannot see.

use crate::runbook;
use crate::support::{Database, OWNER, PLAIN, eventually, execute};
use kneeboard::aftercare::{Counters, Seen, Since, judge, since};
use kneeboard::runbook::Aftercare;
use kneeboard::server::target::Target;
use kneeboard::server::target::counters::{self, Part};
use sqlx::Connection;
use std::time::Duration;

const INDEX: &str = "idx_tasks_celery_task_id";

fn part() -> Part {
    Part::from(runbook().database.as_ref().unwrap())
}

async fn read(target: &Target) -> Counters {
    counters::read(target, &part()).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Looks one task up twelve times, unqualified as applications do, and changes five; the counters are sent when the session ends.
async fn work(database: &Database) {
    let mut session = database.owner().await;
    execute(&mut session, "SET search_path = textloom_core; SET enable_seqscan = off").await;
    for _ in 0..12 {
        let found = sqlx::query("SELECT title FROM tasks WHERE celery_task_id = $1");
        found.bind("nobody").fetch_all(&mut session).await.unwrap();
    }
    execute(&mut session, "UPDATE tasks SET progress = 1 WHERE id IN (SELECT id FROM tasks LIMIT 5)").await;
    session.close().await.unwrap();
}

pub async fn says_what_moved_since(database: &Database, target: &Target, major: u32) {
    for extension in ["pg_stat_statements", "pgstattuple"] {
        let Seen::Unseen { remedy, .. } = (match extension {
            "pgstattuple" => counters::bloat(target, &part()).await.unwrap().map(|_| ()),
            _ => read(target).await.statements.map(|_| ()),
        }) else {
            panic!("{extension} is not there yet");
        };
        assert!(remedy.starts_with(&format!("CREATE EXTENSION {extension}")), "{remedy}");
        database.run(&format!("CREATE EXTENSION {extension}")).await;
    }
    let base = at_rest(target).await;
    assert_eq!(base.tables.len(), 6);
    assert!(base.tables.iter().all(|table| table.heap_bytes > Some(0) && table.index_bytes > Some(0)));

    work(database).await;
    eventually("the session's counters arrive", || async {
        let since = Since::of(Some(&base), &read(target).await);
        since.indexes.iter().any(|index| index.now.name == INDEX && index.scans.scans == 12)
    })
    .await;
    let now = read(target).await;
    let moved = Since::of(Some(&base), &now);
    assert!(!moved.reset);
    let index = moved.indexes.iter().find(|index| index.now.name == INDEX).unwrap();
    assert_eq!(index.now.last_scan.is_some(), major >= 16);
    assert!(index.now.whole && !index.now.unique && index.now.bytes > Some(0));
    let table = |name| moved.tables.iter().find(|table| table.now.name == name).unwrap();
    assert_eq!((table("tasks").traffic.updated, table("personas").traffic.updated), (5, 0));
    let limits = Aftercare::default();
    let (percent, _) = judge::scan_ratio(&limits, table("personas"));
    assert_eq!(percent, None, "personas is small");

    let slow = since::statements(Some(&base), &now.statements, 10);
    let slow = slow.seen().expect("the owner has pg_monitor");
    let found = slow.iter().find(|statement| statement.text.contains("celery_task_id = $1"));
    assert_eq!(found.map(|statement| statement.calls), Some(12), "{slow:?}");
    let Seen::Seen(statements) = &now.statements else { unreachable!() };
    assert!(statements.iter().all(|statement| statement.since.is_some() == (major >= 17)));
    assert!(statements.iter().all(|statement| !statement.text.contains("pg_stat_")), "{statements:?}");

    bloat(target).await;
    reset(database, target, &base).await;
}

/// The counters once what was done before has been counted: that takes a moment, before 15 half a second and more.
async fn at_rest(target: &Target) -> Counters {
    let mut before = read(target).await;
    loop {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let now = read(target).await;
        if Since::of(Some(&before), &now).indexes.iter().all(|index| index.scans.scans == 0) {
            return now;
        }
        before = now;
    }
}

/// A b-tree that was just built is full.
async fn bloat(target: &Target) {
    let bloat = counters::bloat(target, &part()).await.unwrap();
    let Seen::Seen(bloat) = bloat else { panic!("{bloat:?}") };
    let leaf = bloat.leaves.iter().find(|leaf| leaf.index == "idx_tasks_created_at").unwrap();
    assert!(leaf.density.is_some_and(|density| (80.0..=100.0).contains(&density)), "{leaf:?}");
    let hash =
        runbook().database.unwrap().indexes.into_iter().find(|index| index.definition.contains("USING hash"));
    let hash = hash.expect("one of them is no b-tree").name;
    assert!(bloat.leaves.iter().all(|leaf| leaf.index != hash));
}

async fn reset(database: &Database, target: &Target, base: &Counters) {
    database.run("SELECT pg_stat_reset()").await;
    eventually("the reset arrives", || async { Since::of(Some(base), &read(target).await).reset }).await;
    let since = Since::of(Some(base), &read(target).await);
    assert!(since.from > Some(base.at), "counting begins at the reset");
}

pub async fn says_what_a_role_cannot_see(database: &Database) {
    database.run(&format!("GRANT CONNECT ON DATABASE {} TO {PLAIN}", database.name)).await;
    let plain = database.target(PLAIN);
    let counters = read(&plain).await;
    assert_eq!(counters.tables.len(), 6, "counters need no right");
    assert!(counters.indexes.iter().all(|index| index.bytes > Some(0)), "neither do sizes");
    let Seen::Unseen { remedy, .. } = counters.statements else { panic!("statements of others") };
    assert_eq!(remedy, format!("GRANT pg_read_all_stats TO \"{PLAIN}\";"));
    let bloat = counters::bloat(&plain, &part()).await.unwrap();
    let Seen::Unseen { remedy, .. } = bloat else { panic!("whole indexes") };
    assert_eq!(remedy, format!("GRANT pg_stat_scan_tables TO \"{PLAIN}\";"));
    assert!(matches!(counters::bloat(&database.target(OWNER), &part()).await.unwrap(), Seen::Seen(_)));
}
