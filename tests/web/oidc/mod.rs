//! Signing in by another provider: the way there and back, and everything that comes back and must not be believed.

mod provider;

use crate::house::{Caller, House, eventually, person};
use kneeboard::run::Permission;
use kneeboard::server::auth::Account;
use kneeboard::server::web::Entrance;
use provider::{Asked, CLIENT, Key, Provider, SECRET, elsewhere, without_end};
use reqwest::Response;
use serde_json::{Value, json};
use url::form_urlencoded;

/// A console, its provider and the provider's key.
struct Scene {
    house: House,
    provider: Provider,
    key: Key,
}

impl Scene {
    async fn open() -> Self {
        let (provider, key) = (Provider::start().await, Key::new("1"));
        provider.publish(&key);
        let house = House::behind(Entrance { oidc: Some(provider.oidc()), ..Entrance::default() }).await;
        Self { house, provider, key }
    }

    async fn begin(&self, browser: &Caller) -> Asked {
        let answer = browser.get("/login/oidc?next=/targets").send().await.unwrap();
        assert_eq!(answer.status(), 303);
        Asked::read(answer.headers()["location"].to_str().unwrap())
    }

    /// Comes back with a code for this token.
    async fn back(&self, browser: &Caller, asked: &Asked, token: String) -> Response {
        let code = self.provider.code(asked, token);
        browser.get(&callback(&[("code", &code), ("state", &asked.of("state"))])).send().await.unwrap()
    }

    /// There and back as this account, with something about its claims changed.
    async fn sign_in(&self, browser: &Caller, subject: &str, change: impl FnOnce(&mut Value)) -> Response {
        let asked = self.begin(browser).await;
        let mut claims = asked.claims(&self.provider, subject);
        change(&mut claims);
        self.back(browser, &asked, self.key.sign(&claims)).await
    }

    async fn account_of(&self, name: &str) -> Option<Account> {
        let people = self.house.auth.people.list().await.unwrap();
        people.into_iter().find(|person| person.name == name).unwrap().account
    }
}

fn callback(query: &[(&str, &str)]) -> String {
    format!(
        "/login/oidc/callback?{}",
        form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish()
    )
}

/// The login page with this sentence, and no session.
async fn refused(answer: Response, status: u16, sentence: &str) {
    assert_eq!(answer.status(), status, "{sentence}");
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert!(
        !cookies.iter().any(|cookie| cookie.to_str().unwrap().starts_with("kneeboard_session")),
        "{cookies:?}"
    );
    let page = answer.text().await.unwrap();
    assert!(page.contains(sentence), "expected {sentence}, came {page}");
    assert!(page.contains(r#"name="password""#), "a password lets in still");
}

#[tokio::test]
async fn the_way_there_is_protected_by_pkce_state_and_nonce_and_kept_in_the_browser_alone() {
    let scene = Scene::open().await;
    let browser = scene.house.stranger();
    let page = browser.get("/login?next=/runs/1?a=b").send().await.unwrap().text().await.unwrap();
    assert!(page.contains(r#"href="/login/oidc?next=%2Fruns%2F1%3Fa%3Db""#), "{page}");
    assert!(
        page.contains("Sign in with Example Corp") || page.contains("Sign in with <!>Example Corp"),
        "{page}"
    );

    let answer = browser.get("/login/oidc?next=https://evil.example").send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (value, rest) = cookie.strip_prefix("kneeboard_oidc=").unwrap().split_once(';').unwrap();
    assert_eq!(rest, " Path=/; Max-Age=600; HttpOnly; SameSite=Lax");
    assert!(value.ends_with(".Lw"), "a way out of the house is not taken: {value}");
    let asked = Asked::read(answer.headers()["location"].to_str().unwrap());
    for (name, value) in [
        ("kept", "yes"),
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("scope", "openid email"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &format!("{}/login/oidc/callback", scene.house.url)),
    ] {
        assert_eq!(asked.of(name), value);
    }
    let secret = value.split('.').next().unwrap();
    assert!(!answer.headers()["location"].to_str().unwrap().contains(secret), "the secret stays here");
}

#[tokio::test]
async fn under_an_https_address_the_cookie_is_the_hosts_own_and_the_way_back_leads_there() {
    let provider = Provider::start().await;
    let public_url = Some("https://kneeboard.example.com".parse().unwrap());
    let entrance = Entrance { oidc: Some(provider.oidc()), public_url, ..Entrance::default() };
    let house = House::behind(entrance).await;
    let begin = house.stranger().get("/login/oidc").header("host", "kneeboard.example.com");
    let answer = begin.send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-kneeboard_oidc="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    let asked = Asked::read(answer.headers()["location"].to_str().unwrap());
    assert_eq!(asked.of("redirect_uri"), "https://kneeboard.example.com/login/oidc/callback");
}

#[tokio::test]
async fn the_first_account_of_a_name_is_bound_and_stays_the_person_under_any_name() {
    let scene = Scene::open().await;
    let browser = scene.house.stranger();
    let answer = scene.sign_in(&browser, "1", |_| ()).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    assert_eq!(answer.headers()["location"], "/targets");
    let cookies: Vec<_> =
        answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
    assert!(
        cookies[0].starts_with("kneeboard_session=")
            && cookies[0].ends_with("; Path=/; HttpOnly; SameSite=Lax")
    );
    assert_eq!(cookies[1], "kneeboard_oidc=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    assert_eq!(browser.get("/api/v1/runs").send().await.unwrap().status(), 200);
    assert_eq!(scene.account_of("vera").await.unwrap().subject, "1");

    let renamed = scene.house.stranger();
    let answer = scene.sign_in(&renamed, "1", |claims| claims["email"] = json!("married@example.com")).await;
    assert_eq!(answer.status(), 303);
    let page = renamed.get("/sessions").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("vera"), "{page}");

    let other = scene.sign_in(&scene.house.stranger(), "2", |_| ()).await;
    refused(other, 403, "kneeboard user unlink vera").await;
    scene.house.auth.people.unlink(&person("vera")).await.unwrap();
    assert_eq!(browser.get("/api/v1/runs").send().await.unwrap().status(), 401, "who was bound is out");
    assert_eq!(scene.sign_in(&scene.house.stranger(), "2", |_| ()).await.status(), 303);
}

#[tokio::test]
async fn nobody_becomes_a_person_by_signing_in_and_who_is_disabled_stays_out() {
    let scene = Scene::open().await;
    let browser = scene.house.stranger();
    let by = async |email: Value, verified: Value| {
        scene
            .sign_in(&browser, "1", |claims| {
                claims["email"] = email;
                claims["email_verified"] = verified;
            })
            .await
    };
    let nobody = "kneeboard user add mallory@example.com --sso";
    refused(by(json!("mallory@example.com"), json!(true)).await, 403, nobody).await;
    refused(by(json!("vera"), json!(false)).await, 403, "has not verified the e-mail address").await;
    refused(by(json!("vera"), Value::Null).await, 403, "has not verified the e-mail address").await;
    refused(by(Value::Null, Value::Null).await, 403, "does not say the `email`").await;
    refused(by(json!("<b>vera"), json!(true)).await, 403, "nobody's name here: &lt;b&gt;vera").await;
    scene.house.auth.people.disable(&person("vera"), 1).await.unwrap();
    refused(by(json!("vera"), json!(true)).await, 403, "vera may not sign in any more").await;
    assert_eq!(scene.house.auth.people.list().await.unwrap().len(), 4);
    let carla = person("carla@example.com");
    let may = [Permission::Viewer].into();
    scene.house.auth.people.add_without_password(&carla, &may, &[].into(), 1).await.unwrap();
    assert_eq!(by(json!("Carla@example.com"), json!(true)).await.status(), 303);
}

#[tokio::test]
async fn a_claim_that_the_token_lacks_is_asked_for_at_the_account() {
    let scene = Scene::open().await;
    scene.provider.said().account = Some(json!({ "sub": "1", "email": "vera", "email_verified": true }));
    let bare = |claims: &mut Value| {
        let claims = claims.as_object_mut().unwrap();
        claims.retain(|name, _| !name.starts_with("email"));
    };
    let foreign = scene.sign_in(&scene.house.stranger(), "2", bare).await;
    refused(foreign, 403, "cannot be trusted").await;
    assert_eq!(scene.sign_in(&scene.house.stranger(), "1", bare).await.status(), 303);
    assert_eq!(scene.account_of("vera").await.unwrap().subject, "1");
}

#[tokio::test]
async fn an_answer_without_its_cookie_or_with_another_state_asks_nothing_of_the_provider() {
    let scene = Scene::open().await;
    let (browser, other) = (scene.house.stranger(), scene.house.stranger());
    let asked = scene.begin(&browser).await;
    let token = || scene.key.sign(&asked.claims(&scene.provider, "1"));
    // Another browser brings what this one began: an attacker's code, or a stolen one.
    refused(scene.back(&other, &asked, token()).await, 400, "was not begun here").await;
    let code = scene.provider.code(&asked, token());
    for forged in ["/login/oidc/callback", "/login/oidc/callback?code=a&code=b"] {
        let answer = other.get(forged).header("cookie", "kneeboard_oidc=forged.Lw").send().await.unwrap();
        refused(answer, 400, "was not begun here").await;
    }
    for state in ["", "forged", &scene.begin(&other).await.of("state")] {
        scene.begin(&browser).await;
        let answer = browser.get(&callback(&[("code", &code), ("state", state)])).send().await.unwrap();
        refused(answer, 400, "belongs to another sign-in").await;
    }
    assert_eq!(scene.provider.said().brought, 0);
}

#[tokio::test]
async fn an_answer_counts_once() {
    let scene = Scene::open().await;
    let browser = scene.house.stranger();
    let begun = browser.get("/login/oidc").send().await.unwrap();
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let asked = Asked::read(begun.headers()["location"].to_str().unwrap());
    let code = scene.provider.code(&asked, scene.key.sign(&asked.claims(&scene.provider, "1")));
    let address = callback(&[("code", &code), ("state", &asked.of("state"))]);
    assert_eq!(browser.get(&address).send().await.unwrap().status(), 303);
    refused(browser.get(&address).send().await.unwrap(), 400, "was not begun here").await;
    let kept = scene.house.stranger().get(&address).header("cookie", cookie);
    refused(kept.send().await.unwrap(), 400, "was used already").await;
}

#[tokio::test]
async fn a_token_that_does_not_hold_lets_nobody_in() {
    let scene = Scene::open().await;
    let other = Key::new("1");
    let with = |name: &'static str, value: Value| {
        let key = &scene.key;
        move |mut claims: Value| {
            claims[name] = value;
            key.sign(&claims)
        }
    };
    type Forge<'a> = Box<dyn FnOnce(Value) -> String + 'a>;
    let forged: Vec<(&str, Forge<'_>)> = vec![
        ("wrong nonce", Box::new(with("nonce", json!("another")))),
        ("no nonce", Box::new(with("nonce", Value::Null))),
        ("wrong issuer", Box::new(with("iss", json!("https://evil.example")))),
        ("wrong audience", Box::new(with("aud", json!("another")))),
        ("one audience too many", Box::new(with("aud", json!([CLIENT, "another"])))),
        ("for another client", Box::new(with("azp", json!("another")))),
        ("expired", Box::new(with("exp", json!(1_000_000)))),
        ("alg none", Box::new(|claims| scene.key.none(&claims))),
        ("HS256 by the client's secret", Box::new(|claims| scene.key.hs256(SECRET.as_bytes(), &claims))),
        ("HS256 by the public key", Box::new(|claims| scene.key.hs256(scene.key.public(), &claims))),
        ("another's key of the same name", Box::new(|claims| other.sign(&claims))),
        ("a key of a name that nobody has", Box::new(|claims| Key::new("unknown").sign(&claims))),
        (
            "a signature of something else",
            Box::new(|claims| {
                let (good, mut evil) = (scene.key.sign(&claims), claims);
                evil["sub"] = json!("2");
                let (body, _) = scene
                    .key
                    .sign(&evil)
                    .rsplit_once('.')
                    .map(|(b, s)| (b.to_owned(), s.to_owned()))
                    .unwrap();
                format!("{body}.{}", good.rsplit_once('.').unwrap().1)
            }),
        ),
        ("no token at all", Box::new(|_| String::new())),
        ("nonsense", Box::new(|_| "a.b.c".to_owned())),
    ];
    for (what, forge) in forged {
        let browser = scene.house.stranger();
        let asked = scene.begin(&browser).await;
        let token = forge(asked.claims(&scene.provider, "1"));
        let answer = scene.back(&browser, &asked, token).await;
        let sentence = if what == "expired" { "had expired when it came" } else { "cannot be trusted" };
        refused(answer, 403, sentence).await;
        assert_eq!(scene.account_of("vera").await, None, "{what}");
    }
    assert_eq!(scene.sign_in(&scene.house.stranger(), "1", |_| ()).await.status(), 303);
}

#[tokio::test]
async fn keys_that_the_provider_has_changed_are_read_anew() {
    let mut scene = Scene::open().await;
    assert_eq!(scene.sign_in(&scene.house.stranger(), "1", |_| ()).await.status(), 303);
    let old = std::mem::replace(&mut scene.key, Key::new("2"));
    scene.provider.publish(&scene.key);
    assert_eq!(scene.sign_in(&scene.house.stranger(), "1", |_| ()).await.status(), 303);
    scene.key = old;
    refused(scene.sign_in(&scene.house.stranger(), "1", |_| ()).await, 403, "cannot be trusted").await;
}

#[tokio::test]
async fn an_answer_that_names_another_provider_or_none_where_it_would_is_not_taken() {
    let scene = Scene::open().await;
    let promise = "authorization_response_iss_parameter_supported".to_owned();
    scene.provider.said().more.insert(promise, json!(true));
    for (issuer, taken) in
        [(Some("https://evil.example"), false), (None, false), (Some(&*scene.provider.issuer), true)]
    {
        let browser = scene.house.stranger();
        let asked = scene.begin(&browser).await;
        let code = scene.provider.code(&asked, scene.key.sign(&asked.claims(&scene.provider, "1")));
        let state = asked.of("state");
        let mut query = vec![("code", &*code), ("state", &*state)];
        query.extend(issuer.map(|issuer| ("iss", issuer)));
        let answer = browser.get(&callback(&query)).send().await.unwrap();
        if taken {
            assert_eq!(answer.status(), 303);
        } else {
            refused(answer, 403, "cannot be trusted").await;
            assert_eq!(scene.provider.said().brought, 0);
        }
    }
}

#[tokio::test]
async fn what_the_provider_refuses_is_a_sentence_on_the_login_page() {
    let scene = Scene::open().await;
    for (error, sentence) in [
        ("access_denied", "Example Corp did not let you in."),
        ("login_required", "Example Corp could not sign you in: login_required."),
        ("<script>alert(1)</script>", "Example Corp could not sign you in: scriptalert1script."),
    ] {
        let browser = scene.house.stranger();
        let state = scene.begin(&browser).await.of("state");
        let query = callback(&[("error", error), ("error_description", "<b>no</b>"), ("state", &state)]);
        refused(browser.get(&query).send().await.unwrap(), 403, sentence).await;
    }
    let unasked = scene.house.stranger().get(&callback(&[("error", "access_denied")])).send().await.unwrap();
    refused(unasked, 400, "was not begun here").await;
}

#[tokio::test]
async fn a_provider_that_is_down_keeps_nobody_out_who_has_a_password() {
    let scene = Scene::open().await;
    let gone = Provider::start().await;
    let oidc = gone.oidc();
    drop(gone);
    let house = House::behind(Entrance { oidc: Some(oidc), ..Entrance::default() }).await;
    let browser = house.stranger();
    let answer = browser.get("/login/oidc?next=/targets").send().await.unwrap();
    assert!(answer.headers().get("set-cookie").is_none());
    refused(answer, 503, "Example Corp cannot be reached at the moment.").await;
    assert_eq!(browser.log_in("vera", crate::house::PASSWORD).await.status(), 303);

    // One that serves again is taken, without a restart.
    let browser = scene.house.stranger();
    scene.provider.said().more.insert("issuer".to_owned(), json!("https://another.example"));
    let answer = browser.get("/login/oidc").send().await.unwrap();
    refused(answer, 502, "are not set up for each other").await;
    scene.provider.said().more.clear();
    eventually(async || browser.get("/login/oidc").send().await.unwrap().status() == 303).await;
}

#[tokio::test]
async fn a_provider_that_leads_elsewhere_or_does_not_end_is_left() {
    let scene = Scene::open().await;
    let answers: [(fn() -> _, _, _); 2] =
        [(elsewhere, 403, "cannot be trusted"), (without_end, 503, "cannot be reached")];
    for (instead, status, sentence) in answers {
        scene.provider.said().instead = Some(instead);
        refused(scene.sign_in(&scene.house.stranger(), "1", |_| ()).await, status, sentence).await;
    }
    let at = |path: &str| json!(format!("http://provider.example{path}"));
    let plain = Scene::open().await;
    plain.provider.said().more.insert("token_endpoint".to_owned(), at("/token"));
    let answer = plain.sign_in(&plain.house.stranger(), "1", |_| ()).await;
    refused(answer, 502, "are not set up for each other").await;
}

#[tokio::test]
async fn whoever_tries_too_often_is_told_when_to_come_back() {
    let scene = Scene::open().await;
    let stranger = scene.house.stranger();
    for _ in 0..50 {
        assert_eq!(stranger.get(&callback(&[("code", "x")])).send().await.unwrap().status(), 400);
    }
    let answer = stranger.get(&callback(&[("code", "x")])).send().await.unwrap();
    assert!(answer.headers().contains_key("retry-after"));
    refused(answer, 429, "Too many attempts from here.").await;
}

#[tokio::test]
async fn without_a_provider_there_is_no_link_and_its_addresses_say_so() {
    let house = House::open().await;
    let stranger = house.stranger();
    assert!(!stranger.get("/login").send().await.unwrap().text().await.unwrap().contains("Sign in with"));
    for path in ["/login/oidc", "/login/oidc/callback?code=a&state=b"] {
        let answer = stranger.get(path).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        assert!(
            answer.text().await.unwrap().contains("Nobody signs in to this console by another provider.")
        );
    }
}
