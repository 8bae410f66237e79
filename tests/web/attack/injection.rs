//! Evil values in every parameter: of addresses, of queries, of forms and of JSON. None is carried out, none is a failure of the server's.

use super::addresses::{commands, fill, parameters, routes};
use crate::house::House;
use reqwest::Response;
use url::form_urlencoded::byte_serialize;

const EVIL: [&str; 11] = [
    "../../../../etc/passwd",
    "a\0b",
    "--help",
    "-rf",
    "$(id)",
    "`id`; id | id",
    "' OR '1'='1",
    "1; DROP TABLE runs; --",
    "\"><script>alert(1)</script>",
    "{{7*7}}${7*7}",
    "\u{202e}\u{feff}é\r\nSet-Cookie: a=b",
];

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// JSON and text say what they are, and browsers are told not to guess.
fn is_page(answer: &Response) -> bool {
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap());
    let text = ["application/json", "text/plain", "text/event-stream"];
    !kind.is_some_and(|kind| text.iter().any(|text| kind.starts_with(text)))
}

fn long() -> String {
    "a".repeat(5_000)
}

#[tokio::test]
async fn evil_parts_of_an_address_lead_nowhere() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let evil: Vec<String> = EVIL.iter().map(|text| encoded(text)).collect();
    // As they are: what a browser would have encoded, and what is no UTF-8.
    let raw = ["..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fx", "a%00b", "%ff%fe"].map(str::to_owned);
    let evil = [evil, raw.to_vec(), vec![long()]].concat();
    for route in routes(&house) {
        for name in parameters(&route) {
            for value in &evil {
                let path = fill(&house, &route, Some((&name, value)));
                let answer = olga.get(&path).send().await.unwrap();
                let status = answer.status();
                assert!(status.as_u16() < 500, "{path}: {status}");
                assert!(answer.headers().get("set-cookie").is_none(), "{path}");
                let is_page = is_page(&answer);
                let text = answer.text().await.unwrap();
                let led = status.is_success() && !text.contains("Nothing stands at this address");
                assert!(!led && !text.contains("root:"), "{path}: {status} {text}");
                assert!(!is_page || !text.contains("<script>alert"), "{path}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn evil_queries_are_answered_or_refused_and_never_reflected() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let names =
        ["after", "text", "target", "next", "query", "from", "to", "run", "choice[step]", "lines", "id"];
    for route in
        routes(&house).iter().filter(|route| !route.ends_with("/live") && !route.ends_with("/events"))
    {
        for value in EVIL.iter().map(|text| encoded(text)).chain([long()]) {
            let query: Vec<String> = names.iter().map(|name| format!("{name}={value}")).collect();
            let path = format!("{}?{}", fill(&house, route, None), query.join("&"));
            let answer = olga.get(&path).send().await.unwrap();
            let status = answer.status().as_u16();
            // No target answers in this house, which is what some pages are about.
            assert!(status < 500, "{path}: {status}");
            let is_page = is_page(&answer);
            let text = answer.text().await.unwrap();
            assert!(!(is_page && text.contains("<script>alert(1)")), "{path}");
        }
    }
}

#[tokio::test]
async fn evil_commands_are_refused_or_kept_as_text() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    for (round, text) in EVIL.iter().map(|text| (*text).to_owned()).chain([long()]).enumerate() {
        for (at, command) in commands(&house, &text).await.into_iter().enumerate() {
            if command["kind"] == "abandon" {
                continue;
            }
            let seq = house.console.state(&house.run).await.unwrap().seq;
            let (status, body) = olga.command(&house, &format!("{round}-{at}"), seq, command.clone()).await;
            assert!(status < 500, "{command}: {status} {body}");
        }
    }
    let page = olga.get(&house.page()).header("accept", "text/html").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(!policy.contains("unsafe-inline") && policy.contains("script-src 'self' 'nonce-"), "{policy}");
    let text = page.text().await.unwrap();
    assert!(text.contains("&lt;script&gt;alert(1)") && !text.contains("<script>alert(1)"), "notes are text");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_at_every_address() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let large = vec![b'a'; 5 * 1024 * 1024];
    for route in routes(&house) {
        let path = fill(&house, &route, None);
        let form = ("content-type", "application/x-www-form-urlencoded");
        let sent = olga.post(&path).header(form.0, form.1).body(large.clone()).send().await;
        // Some are answered before the body was read, and the connection is closed upon the rest.
        if let Ok(answer) = sent {
            assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
        }
    }
    assert_eq!(olga.get("/api/v1/runs").send().await.unwrap().status(), 200, "the server goes on");
}
