//! A script that went wrong.

use crate::house::House;
use kneeboard::server::auth::Scope;
use serde_json::json;

/// Notes until one comes too soon: behind the burst they are carried out faster than four a second.
#[tokio::test]
async fn who_floods_a_run_with_commands_waits_but_never_for_a_way_out() {
    let house = House::open().await;
    let (olga, script) = (house.browser("olga").await, house.script("olga", Scope::Operate).await);
    let note = |text: &str| json!({ "kind": "note", "text": text });
    let cancel = json!({ "kind": "cancel", "step": "echo" });
    let mut id = 0;
    let limited = loop {
        id += 1;
        let seq = house.console.state(&house.run).await.unwrap().seq;
        let body = json!({ "command_id": format!("c{id}"), "expected_seq": seq, "command": note("again") });
        let answer = script.post(&house.commands()).json(&body).send().await.unwrap();
        if answer.status() == 429 {
            break answer;
        }
        assert_eq!(answer.status(), 200);
        assert!(id < 2_000, "nothing ever came too soon");
    };
    assert!(id > 120, "{id}");
    assert_eq!(limited.headers()["retry-after"], "1");
    let body: serde_json::Value = limited.json().await.unwrap();
    assert_eq!(body["code"], "too_many");
    let seq = house.console.state(&house.run).await.unwrap().seq;
    // Her pages are hers as well; a colleague is somebody else. What is refused by the rules is told by the rules.
    let (status, body) = olga.command(&house, "cancel", seq, cancel).await;
    assert_eq!((status, body["code"].as_str()), (409, Some("not_now")), "{body}");
    let anton = house.browser("anton").await;
    assert_eq!(anton.command(&house, "other", seq, note("fine")).await.0, 200);
}
