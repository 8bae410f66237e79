//! A second factor, from its first code to the command that takes one, as browsers and scripts meet it.

use crate::house::{Caller, House, PASSWORD, person};
use kneeboard::run::{Permission, RunId};
use kneeboard::server::auth::{FactorError, Hashed, Scope};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use totp_rs::{Builder, Secret};

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// What the authenticator shows, so many steps of 30 s from now.
fn code(secret: &str, steps: i64) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build_noncompliant();
    totp.generate((now_ms() / 1_000 + 30 * steps).unsigned_abs()).to_string()
}

async fn change(caller: &Caller, form: &[(&str, &str)]) -> (u16, String) {
    let request = caller.post("/second-factor").header("accept", "text/html").form(form);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn page(caller: &Caller, path: &str) -> String {
    caller.get(path).header("accept", "text/html").send().await.unwrap().text().await.unwrap()
}

fn secret_on(page: &str) -> String {
    let lead = "<code class=\"secret\">";
    let at = page.find(lead).unwrap_or_else(|| panic!("no secret on {page}")) + lead.len();
    page[at..].split('<').next().unwrap().to_owned()
}

/// Sets one up, as if two minutes ago: codes from now on are new. The secret.
async fn enrol(house: &House, name: &str) -> String {
    let (person, then) = (person(name), now_ms() - 120_000);
    let secret = house.auth.factors.begin(&person, None, then).await.unwrap().secret();
    house.auth.factors.confirm(&person, None, &code(&secret, -4), then).await.unwrap();
    secret
}

fn body(code: &str) -> Value {
    let command = json!({ "kind": "break_glass", "reason": "it cannot wait" });
    json!({ "command_id": RunId::random(), "expected_seq": 2, "command": command, "code": code })
}

async fn glass(caller: &Caller, run: &RunId, code: &str) -> (u16, Value) {
    let request = caller.post(&format!("/api/v1/runs/{run}/commands")).json(&body(code));
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_second_factor_is_set_up_with_the_password_and_a_first_code() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    assert!(page(&olga, "/second-factor").await.contains("You have none."));
    let (status, told) = change(&olga, &[("kind", "begin"), ("password", "not it, but long enough")]).await;
    assert_eq!(status, 403);
    assert!(told.contains("The password is wrong.") && told.contains("You have none."), "{told}");
    assert_eq!(change(&olga, &[("kind", "begin"), ("password", PASSWORD)]).await.0, 303);
    let shown = page(&olga, "/second-factor").await;
    assert!(shown.contains("<svg") && shown.contains("<path"), "{shown}");
    let secret = secret_on(&shown);
    assert_eq!(secret_on(&page(&olga, "/second-factor").await), secret, "looking again changes nothing");
    let other = house.browser("olga").await;
    assert!(page(&other, "/second-factor").await.contains("You have none."), "no other session learns it");
    let (status, told) = change(&olga, &[("kind", "confirm"), ("code", "000000")]).await;
    assert!(status == 403 && told.contains("The code is wrong"), "{told}");
    let first = code(&secret, 0);
    assert_eq!(change(&olga, &[("kind", "confirm"), ("code", &first)]).await.0, 303);
    let shown = page(&olga, "/second-factor").await;
    assert!(shown.contains("Yours is set up.") && !shown.contains(&secret), "the secret is seen no more");
    let (status, told) = change(&olga, &[("kind", "begin"), ("password", PASSWORD)]).await;
    assert!(status == 403 && told.contains("There is a second factor already."), "{told}");
    let (status, told) = change(&olga, &[("kind", "remove"), ("code", &first)]).await;
    assert!(status == 403 && told.contains("it was used already"), "{told}");
    assert_eq!(change(&olga, &[("kind", "remove"), ("code", &code(&secret, 1))]).await.0, 303);
    assert!(page(&olga, "/second-factor").await.contains("You have none."));
}

#[tokio::test]
async fn a_command_takes_a_code_once_and_five_minutes_remember_it() {
    let house = House::open().await;
    let (first, second) = (house.stepping_up("one", "olga").await, house.stepping_up("two", "olga").await);
    let olga = house.browser("olga").await;
    let (status, told) = glass(&olga, &first, "").await;
    assert_eq!((status, told["code"].as_str()), (403, Some("step_up")), "{told}");
    assert!(told["hint"].as_str().unwrap().contains("/second-factor"), "{told}");
    let secret = enrol(&house, "olga").await;
    for wrong in ["", "000000", "'; --", "１２３４５６"] {
        let (status, told) = glass(&olga, &first, wrong).await;
        assert_eq!((status, told["code"].as_str()), (403, Some("step_up")), "{wrong}: {told}");
    }
    let right = code(&secret, 0);
    let (status, told) = glass(&olga, &first, &right).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(glass(&olga, &second, "").await.0, 200, "remembered");
    // It is remembered for this browser, and kept nowhere.
    let third = house.stepping_up("three", "olga").await;
    let other = house.browser("olga").await;
    assert_eq!(glass(&other, &third, &right).await.0, 403, "the same code again");
    assert_eq!(glass(&other, &third, "").await.0, 403);
    assert_eq!(glass(&other, &third, &code(&secret, 1)).await.0, 200);
    let events = house.console.events(&first, 0, usize::MAX).await.unwrap();
    assert!(!serde_json::to_string(&events).unwrap().contains(&right));
}

#[tokio::test]
async fn a_plain_form_has_the_field_and_comes_back_as_written_without_the_code() {
    let house = House::open().await;
    let run = house.stepping_up("one", "olga").await;
    let olga = house.browser("olga").await;
    let path = format!("/runs/{run}");
    let before = page(&olga, &path).await;
    assert!(before.contains("href=\"/second-factor\"") && !before.contains("one-time-code"));
    let secret = enrol(&house, "olga").await;
    assert!(page(&olga, &path).await.contains("autocomplete=\"one-time-code\""));
    let form = |code: &str| {
        let id = RunId::random().to_string();
        let fields = [("kind", "break_glass"), ("command_id", &id), ("expected_seq", "2"), ("code", code)];
        let fields: Vec<_> = fields.into_iter().chain([("reason", "it cannot wait at all")]).collect();
        olga.post(&path).header("accept", "text/html").form(&fields).send()
    };
    let answer = form("424242").await.unwrap();
    assert_eq!(answer.status(), 409);
    let told = answer.text().await.unwrap();
    assert!(told.contains("The code is wrong") && told.contains("value=\"it cannot wait at all\""));
    assert!(!told.contains("424242"));
    assert_eq!(form(&code(&secret, 0)).await.unwrap().status(), 303);
}

#[tokio::test]
async fn a_token_has_no_code_to_show_whatever_comes_with_it() {
    let house = House::open().await;
    let run = house.stepping_up("one", "olga").await;
    let secret = enrol(&house, "olga").await;
    let script = house.script("olga", Scope::Operate).await;
    for code in [String::new(), code(&secret, 0)] {
        let (status, told) = glass(&script, &run, &code).await;
        assert_eq!((status, told["code"].as_str()), (403, Some("step_up")), "{told}");
        assert!(told["message"].as_str().unwrap().contains("no API token can show"), "{told}");
    }
    let (status, told) = change(&script, &[("kind", "begin"), ("password", PASSWORD)]).await;
    assert!(status == 403 && told.contains("not by an API token"), "{told}");
}

#[tokio::test]
async fn ten_thousand_wrong_codes_are_five_and_lock_no_colleague_out() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    enrol(&house, "olga").await;
    let secret = enrol(&house, "anton").await;
    let (session, now) = (Hashed::of("stolen"), now_ms());
    let (mut wrong, mut refused) = (0, 0);
    for guess in 0..10_000 {
        match house.auth.factors.show(&person("olga"), &session, &format!("x{guess:05}"), now).await {
            Err(FactorError::Wrong) => wrong += 1,
            Err(FactorError::TooMany { .. }) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((wrong, refused), (5, 9_995));
    house.auth.factors.show(&person("anton"), &session, &code(&secret, 0), now_ms()).await.unwrap();
    // What leads out of trouble is not limited with it.
    let answer = olga.post(&house.commands()).json(&json!({ "command_id": "c", "expected_seq": 1,
        "command": { "kind": "cancel", "step": "echo" } }));
    assert_eq!(answer.send().await.unwrap().status(), 409, "nothing runs, and that is what it says");
}

#[tokio::test]
async fn who_has_no_password_sets_it_up_just_after_signing_in() {
    let house = House::open().await;
    let (sam, now) = (person("sam"), now_ms());
    house
        .auth
        .people
        .add_without_password(&sam, &[Permission::Operator].into(), &[].into(), 1)
        .await
        .unwrap();
    let begin = async |opened: i64| {
        let secret = house.auth.sessions.open(&sam, "127.0.0.1", "a browser", opened).await.unwrap();
        let cookie = format!("kneeboard_session={}", secret.reveal());
        let browser = house.stranger();
        let request = browser.get("/second-factor").header("accept", "text/html").header("cookie", &cookie);
        let shown = request.send().await.unwrap().text().await.unwrap();
        assert!(shown.contains("for five minutes after you have signed in"), "{shown}");
        assert!(!shown.contains("name=\"password\""), "{shown}");
        let request = browser.post("/second-factor").header("accept", "text/html").header("cookie", &cookie);
        let answer = request.form(&[("kind", "begin")]).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, told) = begin(now - 301_000).await;
    assert!(status == 403 && told.contains("signed in too long ago"), "{told}");
    assert_eq!(begin(now).await.0, 303);
}
