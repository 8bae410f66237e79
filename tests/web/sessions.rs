//! What lets people in, on its page: each ends their own, an admin everybody's.

use crate::events::Events;
use crate::house::{House, PASSWORD, person};
use kneeboard::run::Permission;
use kneeboard::server::auth::{Password, Scope};

const HTML: (&str, &str) = ("accept", "text/html");

#[tokio::test]
async fn each_sees_and_ends_their_own_and_a_stream_ends_with_its_session() {
    let house = House::open().await;
    let phone = house.browser("vera").await;
    let lost = house.auth.sessions.list(&person("vera"), 1).await.unwrap();
    let desk = house.browser("vera").await;
    house.browser("olga").await;
    let mut live = Events::open(&phone, &format!("{}/live", house.page())).await;
    live.next().await.unwrap();
    let page = desk.get("/sessions").header(HTML.0, HTML.1).send().await.unwrap().text().await.unwrap();
    assert_eq!(page.matches("name=\"kind\" value=\"session\"").count(), 2, "{page}");
    assert_eq!(page.matches("this session").count(), 1, "{page}");
    assert!(!page.contains("olga"), "{page}");

    let hers = house.auth.sessions.list(&person("olga"), 1).await.unwrap();
    let end = async |id: &str| {
        let form = [("kind", "session"), ("id", id)];
        desk.post("/sessions").header(HTML.0, HTML.1).form(&form).send().await.unwrap()
    };
    let refused = end(&hers[0].id).await;
    assert_eq!(refused.status(), 404);
    assert!(refused.text().await.unwrap().contains("there is no such session"));
    assert_eq!(house.auth.sessions.list(&person("olga"), 1).await.unwrap(), hers);

    assert_eq!(end(&lost[0].id).await.status(), 303);
    assert!(live.next().await.is_none());
    for (browser, status) in [(&phone, 401), (&desk, 200)] {
        assert_eq!(browser.get("/api/v1/runs").send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn tokens_are_revoked_by_their_person_or_an_admin_and_by_no_script() {
    let house = House::open().await;
    let password = Password::parse(PASSWORD).unwrap();
    let admin = [Permission::Admin].into();
    house.auth.people.add(&person("ada"), &password, &admin, &[].into(), 1).await.unwrap();
    let script = house.script("olga", Scope::Operate).await;
    let form = [("kind", "token"), ("person", "olga"), ("name", "script")];
    for (caller, status) in [
        (&house.browser("vera").await, 403),
        (&script, 403),
        (&house.browser("ada").await, 303),
        (&house.browser("ada").await, 404),
    ] {
        let answer = caller.post("/sessions").form(&form).send().await.unwrap();
        assert_eq!(answer.status(), status);
    }
    assert_eq!(script.get("/api/v1/runs").send().await.unwrap().status(), 401);
}
