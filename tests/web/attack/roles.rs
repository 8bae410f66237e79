//! Every command by people who may not give it, around the page: none leaves an event.

use super::addresses::{commands, fill, is_public, routes};
use crate::house::{House, answer_ready};
use kneeboard::run::Permission;
use kneeboard::server::auth::Scope;
use serde_json::json;

#[tokio::test]
async fn who_may_only_look_gives_no_command_by_page_api_or_token() {
    let house = House::open().await;
    let (vera, script) = (house.browser("vera").await, house.script("vera", Scope::Operate).await);
    let commands = commands(&house, "echo").await;
    for (at, command) in commands.iter().filter(|command| command["kind"] != "note").enumerate() {
        for (name, caller) in [("page", &vera), ("token", &script)] {
            let (status, body) = caller.command(&house, &format!("{name}{at}"), 1, command.clone()).await;
            assert!((400..500).contains(&status), "{command} by {name}: {status} {body}");
        }
        let fields = command.as_object().unwrap().iter().map(|(name, value)| {
            (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        let mut fields: Vec<_> = fields.collect();
        fields.push(("command_id".into(), format!("form{at}")));
        fields.push(("expected_seq".into(), "1".into()));
        let status = vera.post(&house.page()).form(&fields).send().await.unwrap().status().as_u16();
        assert!((400..500).contains(&status), "{command} as a form: {status}");
    }
    assert_eq!(house.console.state(&house.run).await.unwrap().seq, 1);
}

#[tokio::test]
async fn who_has_no_permission_reads_nothing_at_any_address() {
    let house = House::open().await;
    let (nora, reader) = (house.browser("nora").await, house.script("olga", Scope::Read).await);
    for route in routes(&house).iter().filter(|route| !is_public(route)) {
        let path = fill(&house, route, None);
        assert_eq!(nora.get(&path).send().await.unwrap().status(), 403, "{route}");
        assert_eq!(nora.post(&path).send().await.unwrap().status(), 403, "{route}");
        assert_eq!(reader.post(&path).send().await.unwrap().status(), 403, "{route} by a token for reading");
    }
}

/// The one who started a run is a dba elsewhere, and tries every door that leads around the page.
#[tokio::test]
async fn nobody_approves_their_own_run() {
    let house = House::open().await;
    let run = house.run_of("anton").await;
    house.auth.people.grant(&crate::house::person("anton"), Permission::Operator, None).await.unwrap();
    let (page, script) = (house.browser("anton").await, house.script("anton", Scope::Operate).await);
    let api = format!("/api/v1/runs/{run}/commands");
    let post = async |caller: &crate::house::Caller, id: &str, command: serde_json::Value| {
        let seq = house.console.state(&run).await.unwrap().seq;
        let body = json!({ "command_id": id, "expected_seq": seq, "command": command });
        caller.post(&api).json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(post(&page, "ready", answer_ready("")).await, 200);
    let before = house.console.state(&run).await.unwrap().seq;
    let sign = json!({ "kind": "sign_off", "phase": "preflight", "role": "dba" });
    for (at, caller) in [&page, &script].into_iter().enumerate() {
        let status = post(caller, &format!("sign{at}"), sign.clone()).await;
        assert!((400..500).contains(&status), "{status}");
    }
    let form = [
        ("kind", "sign_off"),
        ("phase", "preflight"),
        ("role", "dba"),
        ("command_id", "f"),
        ("expected_seq", "3"),
    ];
    let status = page.post(&format!("/runs/{run}")).form(&form).send().await.unwrap().status();
    assert!(status.is_client_error(), "{status}");
    let state = house.console.state(&run).await.unwrap();
    assert_eq!(state.seq, before);
}
