//! The API: its document, its refusals, and commands that are sent twice or late.

use crate::house::{House, answer_ready};
use kneeboard::server::auth::Scope;
use serde_json::{Value, json};

#[tokio::test]
async fn every_route_of_the_document_answers() {
    let house = House::open().await;
    let olga = house.script("olga", Scope::Operate).await;
    let document: Value = olga.get("/api/v1/openapi.json").send().await.unwrap().json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 9);
    for (path, operations) in paths {
        let address = path.replace("{id}", house.run.as_str()).replace("{step}", "echo").replace("{n}", "1");
        let address = address.replace("{slug}/preflight", "small/preflight?target=nowhere");
        for method in operations.as_object().unwrap().keys() {
            let request =
                if method == "get" { olga.get(&address) } else { olga.post(&address).json(&json!({})) };
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            // An attempt that is not there, and a body that is none, are answered by the route itself with a reason.
            assert!([200, 404, 422].contains(&status), "{method} {path}: {status}");
            if status != 200 {
                let body: Value = answer.json().await.unwrap();
                assert_ne!(body["message"], "Nothing stands at this address.", "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn lists_say_what_there_is() {
    let house = House::open().await;
    let vera = house.script("vera", Scope::Read).await;
    let get = async |path: &str| -> Value { vera.get(path).send().await.unwrap().json().await.unwrap() };
    let runbooks = get("/api/v1/runbooks").await;
    assert_eq!(runbooks["runbooks"][0]["slug"], "small");
    assert_eq!(runbooks["broken"][0]["file"], "broken.toml");
    assert_eq!(get("/api/v1/targets").await, json!([]));
    let runs = get("/api/v1/runs").await;
    assert_eq!(runs[0]["run"], house.run.as_str());
    assert_eq!(runs[0]["ending"], Value::Null);
    let run = get(&format!("/api/v1/runs/{}", house.run)).await;
    assert_eq!((&run["seq"], &run["next_step"]), (&json!(1), &json!("echo")));
    assert_eq!(run["phases"][0]["items"][0]["status"], "open");
    assert_eq!(
        run["phases"][0]["gate_lacks"],
        "1 of 1 lines open, 1 of 1 steps not done, 1 sign-off as dba missing"
    );
    assert_eq!(run["state"]["runbook"]["slug"], "small");
}

#[tokio::test]
async fn the_same_command_twice_leaves_one_event_and_names_who_was_first() {
    let house = House::open().await;
    let olga = house.script("olga", Scope::Operate).await;
    assert_eq!(olga.command(&house, "c1", 1, answer_ready("")).await, (200, json!({ "seq": 2 })));
    let (status, body) = olga.command(&house, "c1", 1, answer_ready("")).await;
    assert_eq!((status, &body["code"]), (409, &json!("already_done")));
    assert!(body["message"].as_str().unwrap().starts_with("This was done already, by olga at "), "{body}");
    assert_eq!(house.console.state(&house.run).await.unwrap().seq, 2);
}

#[tokio::test]
async fn a_double_click_of_fifty_leaves_one_event() {
    let house = House::open().await;
    let olga = house.script("olga", Scope::Operate).await;
    let clicks = (0..50).map(|_| olga.command(&house, "click", 1, answer_ready("")));
    let answers = futures::future::join_all(clicks).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1);
    assert!(answers.iter().all(|(status, _)| [200, 409].contains(status)));
    assert_eq!(house.console.state(&house.run).await.unwrap().seq, 2);
}

#[tokio::test]
async fn each_refusal_has_its_status() {
    let house = House::open().await;
    let olga = house.script("olga", Scope::Operate).await;
    let step = |kind: &str, step: &str| json!({ "kind": kind, "step": step, "reason": "because" });
    let refused = async |id: &str, command| {
        let (status, body) = olga.command(&house, id, 1, command).await;
        (status, body["code"].as_str().unwrap().to_owned())
    };
    let code = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(refused("1", step("start_step", "nothing")).await, code(404, "not_found"));
    assert_eq!(refused("2", step("cancel", "echo")).await, code(409, "not_now"));
    assert_eq!(refused("3", json!({ "kind": "note", "text": " " })).await, code(422, "invalid"));
    assert_eq!(refused("4", json!({ "kind": "dance" })).await, code(422, "invalid"));
    assert_eq!(olga.command(&house, "5", 1, answer_ready("")).await.0, 200);
    assert_eq!(refused("6", answer_ready("again")).await, code(409, "stale"));
    assert_eq!(olga.command(&house, "7", 2, json!({ "kind": "abandon", "reason": "enough" })).await.0, 200);
    assert_eq!(refused("8", answer_ready("")).await, code(410, "ended"));
    let elsewhere = olga.get("/api/v1/runs/00000000000000000000000000000000").send().await.unwrap();
    assert_eq!(elsewhere.status(), 404);
}

#[tokio::test]
async fn starting_what_is_not_there_says_so() {
    let house = House::open().await;
    let olga = house.script("olga", Scope::Operate).await;
    for (body, status, says) in [
        (json!({ "runbook": "none", "target": "shop" }), 404, "There is no runbook `none`."),
        (json!({ "runbook": "small", "target": "none" }), 404, "There is no target `none`."),
        (json!({ "runbook": "small" }), 422, "missing field `target`"),
        (json!({ "runbook": "small", "target": "shop", "colour": "red" }), 422, "unknown field `colour`"),
    ] {
        let answer = olga.post("/api/v1/runs").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), status, "{body}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(says), "{text}");
    }
    let answer = olga.post("/api/v1/runs").body("{}").send().await.unwrap();
    assert_eq!(answer.status(), 415);
}
