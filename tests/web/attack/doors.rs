//! Every address without a session, with sessions that are none any more, and from a page of another site.

use super::addresses::{METHODS, fill, is_public, routes};
use crate::house::{Caller, House, answer_ready, person};
use reqwest::Method;
use serde_json::json;

async fn tried(caller: &Caller, method: &str, path: &str, header: (&str, &str)) -> u16 {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let asked = caller.request(method, path).header(header.0, header.1).send().await;
    asked.unwrap().status().as_u16()
}

const PROGRAM: (&str, &str) = ("accept", "application/json");

#[tokio::test]
async fn no_address_answers_who_is_unknown_whatever_the_method() {
    let house = House::open().await;
    let stranger = house.stranger();
    for route in routes(&house).iter().filter(|route| !is_public(route)) {
        for method in METHODS {
            let status = tried(&stranger, method, &fill(&house, route, None), PROGRAM).await;
            assert!([401, 303].contains(&status), "{method} {route}: {status}");
        }
    }
}

#[tokio::test]
async fn forged_expired_revoked_and_disabled_sessions_open_nothing() {
    let house = House::open().await;
    let stranger = house.stranger();
    let revoked = house.browser("vera").await;
    house.auth.sessions.revoke_all(&person("vera")).await.unwrap();
    let disabled = house.browser("olga").await;
    house.auth.people.disable(&person("olga"), 1).await.unwrap();
    let expired = house.auth.sessions.open(&person("anton"), "", "", 1).await.unwrap();
    let expired = format!("kneeboard_session={}", expired.reveal());
    for route in routes(&house).iter().filter(|route| !is_public(route)) {
        let path = fill(&house, route, None);
        for method in ["GET", "POST"] {
            for cookie in ["kneeboard_session=forged", "kneeboard_session=' OR 1=1 --", expired.as_str()] {
                let status = tried(&stranger, method, &path, ("cookie", cookie)).await;
                assert!([401, 303].contains(&status), "{method} {route} with {cookie}: {status}");
            }
            for caller in [&revoked, &disabled] {
                let status = tried(caller, method, &path, PROGRAM).await;
                assert!([401, 303].contains(&status), "{method} {route}: {status}");
            }
        }
    }
}

#[tokio::test]
async fn no_address_takes_anything_from_a_page_of_another_site() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    for route in routes(&house) {
        let path = fill(&house, &route, None);
        for method in &METHODS[1..] {
            for header in
                [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
            {
                assert_eq!(tried(&olga, method, &path, header).await, 403, "{method} {route} {header:?}");
            }
        }
    }
    assert_eq!(olga.get("/api/v1/runs").send().await.unwrap().status(), 200, "nobody was signed out");
    assert_eq!(house.console.state(&house.run).await.unwrap().seq, 1);
}

#[tokio::test]
async fn a_command_that_is_sent_again_is_carried_out_once_whoever_sends_it() {
    let house = House::open().await;
    let (olga, anton) = (house.browser("olga").await, house.browser("anton").await);
    assert_eq!(olga.command(&house, "once", 1, answer_ready("")).await.0, 200);
    for (caller, command) in [
        (&olga, answer_ready("")),
        (&olga, json!({ "kind": "note", "text": "x" })),
        (&anton, answer_ready("")),
    ] {
        let (status, body) = caller.command(&house, "once", 2, command).await;
        assert_eq!((status, &body["code"]), (409, &json!("already_done")), "{body}");
    }
    assert_eq!(house.console.state(&house.run).await.unwrap().seq, 2);
}
