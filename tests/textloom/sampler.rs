//! The looks at a target that aftercare pages share.

use crate::support::{Database, OWNER};
use futures::future::join_all;
use kneeboard::server::aftercare::Sampler;
use kneeboard::server::target::counters::Part;
use std::time::Duration;

/// A database with one table, and the schema of it.
async fn shop() -> (Database, Part) {
    let database = Database::new().await;
    database.run("CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY)").await;
    (database, Part { schema: "shop".to_owned(), tables: Vec::new() })
}

#[tokio::test]
async fn however_many_look_the_target_is_asked_once() {
    let (database, part) = shop().await;
    let (target, sampler) = (database.target(OWNER), Sampler::default());
    let looks = join_all((0..20).map(|_| sampler.look(&target, &part))).await;
    let (taken, counters) = looks[0].counters.clone().expect("an answer");
    assert_eq!(counters.tables[0].name, "orders");
    for look in looks {
        assert_eq!((look.counters.unwrap().0, look.trend.len()), (taken, 1));
    }
}

#[tokio::test]
async fn a_target_that_is_down_shows_what_it_said_last() {
    let (database, part) = shop().await;
    let (target, sampler) = (database.target(OWNER), Sampler::every(Duration::ZERO));
    let before = sampler.look(&target, &part).await;
    assert_eq!(before.error, None);
    database.lose().await;
    let after = sampler.look(&target, &part).await;
    assert!(after.error.is_some_and(|error| error.contains("cannot be reached")));
    assert_eq!(after.counters.unwrap().0, before.counters.unwrap().0);
}
