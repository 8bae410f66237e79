//! What only the second person's screen shows, on a production target.

use crate::house::{Caller, House};
use kneeboard::run::command::Report;
use kneeboard::run::window::Window;
use kneeboard::server::auth::Scope;
use serde_json::{Value, json};

const LEAD: &str = "type what only your screen shows: ";

async fn page(house: &House, caller: &Caller) -> String {
    caller.get(&house.page()).send().await.unwrap().text().await.unwrap()
}

fn shown(page: &str) -> Option<String> {
    let at = page.find(LEAD)? + LEAD.len();
    Some(page[at..at + "ABC-DEF".len()].to_owned())
}

fn glass(shown: &str) -> Value {
    json!({ "kind": "break_glass", "reason": "it cannot wait", "shown": shown })
}

#[tokio::test]
async fn nobody_else_sees_the_value_and_no_token_confirms() {
    let house = House::open().await;
    let (olga, anton) = (house.browser("olga").await, house.browser("anton").await);
    let window = Some(Window { open: false, until: None, says: "a long sale".to_owned() });
    house.console.report(&house.run, Report::WindowRead { window }).await.unwrap();
    let seq = async || house.console.state(&house.run).await.unwrap().seq;
    assert_eq!(shown(&page(&house, &anton).await), None, "nobody has asked");
    let (status, body) = olga.command(&house, "ask", seq().await, glass("")).await;
    assert_eq!(status, 200, "{body}");
    let value = shown(&page(&house, &anton).await).expect("a value on the second person's page");
    // Anton's other browser is another screen.
    let phone = house.browser("anton").await;
    assert_ne!(shown(&page(&house, &phone).await).unwrap(), value);
    let (script, vera) = (house.script("anton", Scope::Operate).await, house.browser("vera").await);
    assert_eq!(shown(&page(&house, &olga).await), None, "not for who asked");
    for path in ["", "/report", "/events"] {
        let path = format!("{}{path}", house.page());
        for caller in [&olga, &vera] {
            let answer = caller.get(&path).send().await.unwrap();
            if answer.headers()["content-type"] != "text/event-stream" {
                assert!(!answer.text().await.unwrap().contains(&value), "{path}");
            }
        }
    }
    for path in [format!("/api/v1/runs/{}", house.run), format!("/api/v1/runs/{}/events", house.run)] {
        for caller in [&olga, &anton, &script] {
            let answer = caller.get(&path).header("accept", "application/json").send().await.unwrap();
            if answer.headers()["content-type"] != "text/event-stream" {
                assert!(!answer.text().await.unwrap().contains(&value), "{path}");
            }
        }
    }
    let (status, body) = script.command(&house, "token", seq().await, glass(&value)).await;
    assert_eq!((status, body["code"].as_str()), (403, Some("not_allowed")), "{body}");
    let (status, body) = olga.command(&house, "own", seq().await, glass(&value)).await;
    assert_eq!((status, body["code"].as_str()), (409, Some("already_done")), "{body}");
    let (status, body) = phone.command(&house, "other", seq().await, glass(&value)).await;
    assert_eq!((status, body["code"].as_str()), (422, Some("invalid")), "{body}");
    let (status, body) = anton.command(&house, "right", seq().await, glass(&value)).await;
    assert_eq!(status, 200, "{body}");
    let broken = house.console.state(&house.run).await.unwrap().glass.clone().unwrap().broken.unwrap();
    assert_eq!(broken.0.who, "anton");
}
