//! Signing in through the form.

use crate::house::{House, PASSWORD};
use kneeboard::server::web::PublicUrl;

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_of_foreign_forms() {
    let house = House::open().await;
    let answer = house.stranger().log_in("vera", PASSWORD).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/targets");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let (secret, rest) = cookie.strip_prefix("kneeboard_session=").unwrap().split_once(';').unwrap();
    assert_eq!(secret.len(), 43);
    assert_eq!(rest, " Path=/; HttpOnly; SameSite=Lax");
}

#[tokio::test]
async fn under_an_https_address_the_cookie_travels_over_tls_only() {
    let house = House::at(Some("https://kneeboard.example.com".parse::<PublicUrl>().unwrap())).await;
    let form = [("name", "vera"), ("password", PASSWORD), ("next", "https://evil.example")];
    let request = house.stranger().post("/login").header("host", "kneeboard.example.com").form(&form);
    let answer = request.header("origin", "https://kneeboard.example.com").send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/", "a way out of the house is not taken");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-kneeboard_session=") && cookie.ends_with("; Secure"), "{cookie}");
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
}

#[tokio::test]
async fn a_wrong_password_shows_the_page_again_with_the_reason_and_the_way_on() {
    let house = House::open().await;
    let answer = house.stranger().log_in("vera", "wrong").await;
    assert_eq!(answer.status(), 401);
    assert!(answer.headers().get("set-cookie").is_none());
    let page = answer.text().await.unwrap();
    assert!(page.contains("Name or password is wrong."), "{page}");
    assert!(page.contains(r#"value="/targets""#), "{page}");
}

#[tokio::test]
async fn who_guesses_is_told_when_to_come_back() {
    let house = House::open().await;
    let stranger = house.stranger();
    for _ in 0..5 {
        assert_eq!(stranger.log_in("vera", "wrong").await.status(), 401);
    }
    let answer = stranger.log_in("vera", PASSWORD).await;
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((20..=30).contains(&wait), "{wait}");
    assert!(answer.text().await.unwrap().contains("Too many attempts from here. Try again in"));
    assert_eq!(stranger.log_in("olga", PASSWORD).await.status(), 303, "a colleague is not locked out");
}

#[tokio::test]
async fn a_form_that_lacks_a_field_is_answered_with_a_sentence() {
    let house = House::open().await;
    let answer = house.stranger().post("/login").form(&[("name", "vera")]).send().await.unwrap();
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("missing field `password`"));
}

#[tokio::test]
async fn behind_a_proxy_each_caller_is_counted_alone_and_nobody_makes_up_an_address_otherwise() {
    let proxied = House::at(Some("http://kneeboard.example.com".parse().unwrap())).await;
    let bare = House::open().await;
    for (house, host, last) in [(proxied, "kneeboard.example.com", 401), (bare, "localhost", 429)] {
        let stranger = house.stranger();
        let attempt = async |from: u8| {
            let form = [("name", "vera"), ("password", "wrong")];
            let request = stranger.post("/login").header("host", host);
            let request = request.header("x-forwarded-for", format!("198.51.100.1, 192.0.2.{from}"));
            request.form(&form).send().await.unwrap().status().as_u16()
        };
        for _ in 0..5 {
            assert_eq!(attempt(1).await, 401);
        }
        assert_eq!(attempt(1).await, 429);
        assert_eq!(attempt(2).await, last);
    }
}
