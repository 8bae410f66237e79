//! Pages of other sites, and names that are not ours.

use crate::house::{House, PASSWORD};

#[tokio::test]
async fn a_form_on_another_site_does_nothing() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let form = [("kind", "note"), ("command_id", "c1"), ("expected_seq", "1"), ("text", "mine")];
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let answer = olga.post(&house.page()).header(name, value).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{name}: {value}");
        assert!(answer.text().await.unwrap().contains("a page of another site"));
    }
    assert_eq!(house.console.state(&house.run).await.unwrap().seq, 1);
    let own = olga.post(&house.page()).header("origin", &house.url).form(&form).send().await.unwrap();
    assert_eq!(own.status(), 303);
    assert_eq!(house.console.state(&house.run).await.unwrap().seq, 2);
}

#[tokio::test]
async fn every_unsafe_address_is_guarded_even_login_and_the_api() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    for path in ["/login", "/logout", "/runbooks/small", "/api/v1/runs", &house.commands()] {
        let answer = olga.post(path).header("origin", "http://evil.example").send().await.unwrap();
        assert_eq!(answer.status(), 403, "{path}");
    }
}

#[tokio::test]
async fn a_strangers_name_for_this_machine_is_not_answered() {
    let house = House::open().await;
    for (host, answered) in [
        ("rebind.evil.example", false),
        ("127.0.0.1.evil.example:80", false),
        ("localhost:1", true),
        ("[::1]:8480", true),
    ] {
        let request = house.stranger().post("/login").header("host", host);
        let answer = request.form(&[("name", "vera"), ("password", PASSWORD)]).send().await.unwrap();
        assert_eq!(answer.status() == 303, answered, "{host}");
        assert_eq!(answer.status() == 421, !answered, "{host}");
    }
    let health = house.stranger().get("/healthz").header("host", "10.0.0.7:8480").send().await.unwrap();
    assert_eq!(health.status(), 200);
}
