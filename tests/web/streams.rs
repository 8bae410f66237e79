//! Event streams: resuming, ending, and being ended.

use crate::events::Events;
use crate::house::{House, answer_ready, person};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn events_come_as_they_happen_and_a_stream_resumes_where_it_was_cut() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let path = format!("{}/events", house.page());
    let mut events = Events::open(&olga, &path).await;
    let (name, id, event) = events.next().await.unwrap();
    assert_eq!((name.as_str(), id.as_str()), ("run", "1"));
    assert_eq!(event["body"]["type"], "run_started");
    assert_eq!(olga.command(&house, "c1", 1, answer_ready("")).await.0, 200);
    let (_, id, event) = events.next().await.unwrap();
    assert_eq!((id.as_str(), &event["actor"]), ("2", &json!("olga")));
    drop(events);

    assert_eq!(olga.command(&house, "c2", 2, json!({ "kind": "note", "text": "x" })).await.0, 200);
    let back = olga.get(&format!("{path}?after=0")).header("last-event-id", "2").send().await.unwrap();
    assert_eq!(Events::of(back).next().await.unwrap().1, "3", "the header wins over the address");
}

#[tokio::test]
async fn a_run_that_has_ended_says_so_and_the_stream_closes() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    assert_eq!(olga.command(&house, "c1", 1, json!({ "kind": "abandon", "reason": "enough" })).await.0, 200);
    for kind in ["events", "live"] {
        let mut events = Events::open(&olga, &format!("{}/{kind}?after=1", house.page())).await;
        assert_eq!(events.next().await.unwrap().0, "run");
        let (name, id, data) = events.next().await.unwrap();
        assert_eq!((name.as_str(), id.as_str()), ("end", "2"));
        assert_eq!(data, json!({ "seq": 2, "ending": "abandoned" }));
        assert!(events.next().await.is_none(), "{kind} closes");
    }
}

#[tokio::test]
async fn a_place_that_is_none_is_refused_with_a_sentence() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    for (address, status) in [
        ("events?after=x", 400),
        ("events?after=99", 416),
        ("live?after=1/echo", 400),
        ("live?after=99", 416),
        ("steps/echo/attempts/1/log", 404),
        ("steps/echo/attempts/1/log.txt", 404),
        ("steps/..%2f..%2fetc/attempts/1/log.txt", 400),
    ] {
        let answer = olga.get(&format!("{}/{address}", house.page())).send().await.unwrap();
        assert_eq!(answer.status(), status, "{address}");
        let body: Value = answer.json().await.unwrap();
        assert!(!body["message"].as_str().unwrap().is_empty(), "{address}");
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_session_does() {
    let house = House::open().await;
    let (vera, olga) = (house.browser("vera").await, house.browser("olga").await);
    let path = format!("{}/live", house.page());
    let (mut hers, mut others) = (Events::open(&vera, &path).await, Events::open(&olga, &path).await);
    hers.next().await.unwrap();
    others.next().await.unwrap();
    house.auth.people.disable(&person("vera"), 1).await.unwrap();
    assert!(hers.next().await.is_none());
    assert_eq!(olga.command(&house, "c1", 1, answer_ready("")).await.0, 200);
    assert_eq!(others.next().await.unwrap().1, "2");
}

#[tokio::test]
async fn the_server_ends_although_streams_are_open() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let mut live = Events::open(&olga, &format!("{}/live", house.page())).await;
    live.next().await.unwrap();
    house.stop.cancel();
    timeout(Duration::from_secs(3), house.served).await.expect("it ends soon").unwrap().unwrap();
    assert!(live.next().await.is_none());
}
