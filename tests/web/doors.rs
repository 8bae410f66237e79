//! What answers whom: nobody unknown gets in, and nobody does more than they may.

use crate::house::{House, answer_ready, person};
use kneeboard::server::auth::Scope;
use serde_json::json;

/// Every address that holds something, with the methods it takes.
fn addresses(house: &House) -> Vec<(&'static str, String)> {
    let run = house.page();
    let attempt = format!("{run}/steps/echo/attempts/1");
    let mut all = vec![
        ("GET", "/".to_owned()),
        ("GET", run.clone()),
        ("POST", run.clone()),
        ("GET", "/runbooks/small".into()),
        ("POST", "/runbooks/small".into()),
        ("GET", "/targets".into()),
        ("GET", "/no/such/page".into()),
        ("GET", format!("{run}/live")),
        ("GET", format!("{run}/events")),
        ("GET", format!("{attempt}/log")),
        ("GET", format!("{attempt}/log.txt")),
        ("GET", format!("{attempt}/log/page")),
        ("GET", format!("{attempt}/log/search?text=x")),
        ("GET", format!("{attempt}/result.json")),
    ];
    for path in ["/runbooks", "/targets", "/runs", "/openapi.json", "/no/such/route"] {
        all.push(("GET", format!("/api/v1{path}")));
    }
    for path in ["", "/events", "/steps/echo/attempts/1/log", "/steps/echo/attempts/1/log.txt"] {
        all.push(("GET", format!("/api/v1{run}{path}")));
    }
    let functions: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    assert!(!functions.is_empty(), "pages read their data by server functions");
    for (path, method) in functions {
        all.push((if method == "GET" { "GET" } else { "POST" }, path.to_owned()));
    }
    all.push(("POST", "/api/v1/runs".into()));
    all.push(("POST", house.commands()));
    all
}

#[tokio::test]
async fn nothing_but_login_health_and_assets_answers_without_a_session() {
    let house = House::open().await;
    let stranger = house.stranger();
    for (method, path) in addresses(&house) {
        let request = if method == "GET" { stranger.get(&path) } else { stranger.post(&path) };
        let answer = request.header("accept", "text/html").send().await.unwrap();
        if path.starts_with("/api/") {
            assert_eq!(answer.status(), 401, "{method} {path}");
            continue;
        }
        assert_eq!(answer.status(), 303, "{method} {path}");
        let to = answer.headers()["location"].to_str().unwrap();
        assert!(to.starts_with("/login?next=%2F"), "{method} {path} leads to {to}");
    }
    assert_eq!(stranger.get("/login").send().await.unwrap().status(), 200);
    assert_eq!(stranger.get("/healthz").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn programs_without_a_session_get_a_sentence_and_no_redirect() {
    let house = House::open().await;
    for path in ["/", &format!("{}/live", house.page()), "/api/v1/runs"] {
        let answer = house.stranger().get(path).header("accept", "text/event-stream").send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "signed_out");
        assert_eq!(body["message"], "Nobody is signed in.");
        assert_eq!(body["request_id"], id);
    }
}

#[tokio::test]
async fn forged_sessions_and_tokens_open_nothing() {
    let house = House::open().await;
    let cookies = ["kneeboard_session=", "kneeboard_session=x", "kneeboard_session=' OR 1=1 --"];
    for cookie in cookies {
        let answer = house.stranger().get("/api/v1/runs").header("cookie", cookie).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{cookie}");
    }
    for token in ["Bearer kb_x", "Bearer", "Basic dmVyYTp4", "kb_x", ""] {
        let answer =
            house.stranger().get("/api/v1/runs").header("authorization", token).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{token}");
    }
    // A session's secret is no token, and a stolen hash from the state is no session.
    let vera = house.browser("vera").await;
    let listed = house.auth.sessions.list(&person("vera"), 1).await.unwrap();
    let cookie = format!("kneeboard_session={}", listed[0].id);
    let stolen = house.stranger().get("/api/v1/runs").header("cookie", cookie).send().await.unwrap();
    assert_eq!(stolen.status(), 401);
    assert_eq!(vera.get("/api/v1/runs").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn each_does_what_they_may_and_is_told_what_they_may_not() {
    let house = House::open().await;
    let (vera, olga, anton) =
        (house.browser("vera").await, house.browser("olga").await, house.browser("anton").await);
    let sign = json!({ "kind": "sign_off", "phase": "preflight", "role": "dba" });
    let start = json!({ "kind": "start_step", "step": "echo" });

    let (status, body) = vera.command(&house, "v1", 1, answer_ready("")).await;
    assert_eq!((status, &body["code"]), (403, &json!("not_allowed")));
    assert!(body["message"].as_str().unwrap().starts_with("vera may not"), "{body}");
    assert_eq!(vera.command(&house, "v2", 1, start.clone()).await.0, 403);
    assert_eq!(vera.command(&house, "v3", 1, sign.clone()).await.0, 403);
    assert_eq!(anton.command(&house, "a1", 1, start).await.0, 403);
    assert_eq!(olga.command(&house, "o1", 1, sign).await.0, 403);

    assert_eq!(olga.command(&house, "o2", 1, answer_ready("")).await.0, 200);
    assert_eq!(vera.command(&house, "v4", 2, json!({ "kind": "note", "text": "seen" })).await.0, 200);
}

#[tokio::test]
async fn who_has_no_permission_sees_nothing() {
    let house = House::open().await;
    let nora = house.browser("nora").await;
    let answer = nora.get("/api/v1/runs").send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("nora has no permission on this console."));
    assert_eq!(nora.get("/").header("accept", "text/html").send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_token_does_what_its_scope_says_in_its_persons_name() {
    let house = House::open().await;
    let reader = house.script("olga", Scope::Read).await;
    assert_eq!(reader.get("/api/v1/runs").send().await.unwrap().status(), 200);
    let (status, body) = reader.command(&house, "r1", 1, json!({ "kind": "note", "text": "x" })).await;
    assert_eq!(status, 403);
    assert_eq!(body["message"], "This API token is for reading.");
    let operator = house.script("anton", Scope::Operate).await;
    assert_eq!(operator.command(&house, "r2", 1, answer_ready("")).await.0, 403, "anton is no operator");
    assert_eq!(operator.command(&house, "r3", 1, json!({ "kind": "note", "text": "x" })).await.0, 200);
    let events = house.console.events(&house.run, 1, 10).await.unwrap();
    assert_eq!(events[0].actor, "anton");
}

#[tokio::test]
async fn logging_out_ends_the_session_on_the_server() {
    let house = House::open().await;
    let vera = house.browser("vera").await;
    let cookie = format!("{} sessions", house.auth.sessions.list(&person("vera"), 1).await.unwrap().len());
    assert_eq!(cookie, "1 sessions");
    let answer = vera.post("/logout").send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert!(answer.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert!(house.auth.sessions.list(&person("vera"), 1).await.unwrap().is_empty());
    assert_eq!(vera.get("/api/v1/runs").send().await.unwrap().status(), 401);
}
