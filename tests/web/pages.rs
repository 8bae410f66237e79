//! Pages and forms as a browser without scripts has them.

use crate::house::House;
use kneeboard::run::Command;
use kneeboard::run::event::Answer;
use kneeboard::runbook::Id;

fn answered() -> Command {
    Command::AnswerItem { item: Id::parse("ready").unwrap(), answer: Answer::Done, note: String::new() }
}

#[tokio::test]
async fn every_answer_keeps_the_browser_on_our_side() {
    let house = House::open().await;
    let vera = house.browser("vera").await;
    for path in ["/login", "/", "/no/such/page", "/healthz", "/api/v1/runs", "/pkg/none.js"] {
        let answer = vera.get(path).header("accept", "text/html").send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        let policy = header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn scripts_of_a_page_carry_the_nonce_of_this_answer() {
    let house = House::open().await;
    let vera = house.browser("vera").await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let answer = vera.get("/").send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let nonce = policy.split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0.to_owned();
        let page = answer.text().await.unwrap();
        for script in page.split("<script").skip(1) {
            let tag = script.split_once('>').unwrap().0;
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{tag}");
        }
        assert!(page.contains("<script"));
        assert!(!page.contains("style=\""), "an inline style would be blocked");
        nonces.push(nonce);
    }
    assert!(nonces[0].len() >= 22 && nonces[0] != nonces[1]);
}

#[tokio::test]
async fn only_a_page_that_goes_on_working_loads_the_browser_part() {
    let house = House::open().await;
    let vera = house.browser("vera").await;
    let loads = async |path: &str| {
        let page = vera.get(path).header("accept", "text/html").send().await.unwrap().text().await.unwrap();
        assert!(page.contains("</html>"), "{path}: {page}");
        page.contains("/pkg/kneeboard.js")
    };
    for path in ["/", "/plans", &house.page(), &format!("{}/aftercare", house.page())] {
        assert!(loads(path).await, "{path}");
    }
    for path in
        ["/login", "/targets", "/runbooks/small", "/runbooks/small/preflight", "/runs", "/no/such/page"]
    {
        assert!(!loads(path).await, "{path}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_of_ours_says_so() {
    let house = House::open().await;
    let vera = house.browser("vera").await;
    let answer = vera.get("/no/such/page").header("accept", "text/html").send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains("</html>"));
    let answer = vera.get("/runs/not-an-id/events").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("expected the id of a run"));
}

#[tokio::test]
async fn a_form_is_carried_out_and_leads_back_to_the_run() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let form = [
        ("kind", "answer_item"),
        ("command_id", "c1"),
        ("expected_seq", "1"),
        ("item", "ready"),
        ("answer", "done"),
        ("note", "I am"),
    ];
    let answer = olga.post(&house.page()).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], house.page());
    let state = house.console.state(&house.run).await.unwrap();
    assert_eq!(state.items[&Id::parse("ready").unwrap()].note, "I am");
}

#[tokio::test]
async fn a_stale_form_is_refused_on_the_same_page_with_who_was_first() {
    let house = House::open().await;
    house.command("olga", answered()).await;
    let olga = house.browser("olga").await;
    let form = [("kind", "start_step"), ("command_id", "c2"), ("expected_seq", "1"), ("step", "echo")];
    let request = olga.post(&house.page()).header("accept", "text/html").form(&form);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 409);
    assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("'nonce-"));
    let page = answer.text().await.unwrap();
    assert!(page.contains("olga changed the run at"), "{page}");
}

#[tokio::test]
async fn a_refused_form_comes_back_open_and_as_it_was_written() {
    let house = House::open().await;
    house.command("olga", answered()).await;
    let olga = house.browser("olga").await;
    let form = [
        ("kind", "skip_step"),
        ("command_id", "c3"),
        ("expected_seq", "1"),
        ("step", "echo"),
        ("reason", "said it myself"),
    ];
    let request = olga.post(&house.page()).header("accept", "text/html").form(&form);
    let page = request.send().await.unwrap().text().await.unwrap();
    let (_, open) = page.split_once("<details open").expect("the form is open");
    let (form, _) = open.split_once("</details>").unwrap();
    assert!(form.contains(r#"value="said it myself""#) && form.contains("Skip this step"), "{form}");
}

#[tokio::test]
async fn a_form_that_makes_no_command_is_refused_with_what_is_missing() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let form = [("kind", "skip_step"), ("command_id", "c"), ("expected_seq", "1"), ("step", "echo")];
    let answer = olga.post(&house.page()).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 409);
    assert!(answer.text().await.unwrap().contains("missing field `reason`"));
    let start = [("command_id", "c"), ("target", "Nowhere")];
    let answer = olga.post("/runbooks/small").form(&start).send().await.unwrap();
    assert_eq!(answer.status(), 409);
    assert!(answer.text().await.unwrap().contains("expected an id"));
}

#[tokio::test]
async fn what_people_write_is_text_on_the_page() {
    let house = House::open().await;
    let evil = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    house.command("vera", Command::Note { text: evil.into() }).await;
    let vera = house.browser("vera").await;
    let page =
        vera.get(&house.page()).header("accept", "text/html").send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let text = "x".repeat(70_000);
    let form = [("kind", "note"), ("command_id", "c"), ("expected_seq", "1"), ("text", &text)];
    let answer = olga.post(&house.page()).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 413);
    assert!(answer.text().await.unwrap().contains("Send at most 64 kB."));
}
