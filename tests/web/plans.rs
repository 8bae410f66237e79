//! The page that shows any plan: what is posted to it is shown, and nothing of it stays.

use crate::house::House;

const BORDER: &str = "kneeboard-test";

/// A form as a browser sends it: name, file name, content.
fn form(fields: &[(&str, Option<&str>, &str)]) -> String {
    let mut body = String::new();
    for (name, file, content) in fields {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body += &format!(
            "--{BORDER}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"
        );
    }
    body + &format!("--{BORDER}--\r\n")
}

async fn shown(house: &House, fields: &[(&str, Option<&str>, &str)]) -> (u16, String) {
    let vera = house.browser("vera").await;
    let kind = format!("multipart/form-data; boundary={BORDER}");
    let answer = vera.post("/plans").header("content-type", kind).header("accept", "text/html");
    let answer = answer.body(form(fields)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn saved(name: &str) -> String {
    std::fs::read_to_string(format!("tests/plans/{name}.json")).unwrap()
}

#[tokio::test]
async fn a_pasted_plan_is_shown_and_gone_with_the_next_page() {
    let house = House::open().await;
    let (status, page) =
        shown(&house, &[("plan", None, &saved("pg18/17-spill")), ("earlier", None, "")]).await;
    assert_eq!(status, 200);
    assert!(page.contains("role=\"treegrid\"") && page.contains("sorts on disk"), "{page}");
    let vera = house.browser("vera").await;
    let page = vera.get("/plans").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("name=\"plan\"") && !page.contains("treegrid"), "{page}");
}

#[tokio::test]
async fn a_file_wins_over_the_text_and_two_plans_are_compared() {
    let house = House::open().await;
    let (after, before) = (saved("pg15/01-plain"), saved("pg18/17-spill"));
    let fields = [
        ("plan", None, "left over"),
        ("plan_file", Some("after.json"), &*after),
        ("earlier_file", Some("before.json"), &*before),
    ];
    let (_, page) = shown(&house, &fields).await;
    assert!(page.contains("× faster"), "{page}");
}

#[tokio::test]
async fn a_plan_larger_than_a_form_is_taken_and_one_beyond_all_measure_is_refused() {
    let house = House::open().await;
    let padded = |bytes: usize| format!("{}{}", " ".repeat(bytes), saved("pg15/01-plain"));
    let (status, page) = shown(&house, &[("plan", None, &padded(1_000_000))]).await;
    assert!(status == 200 && page.contains("treegrid"));
    let (status, page) = shown(&house, &[("plan", None, &padded(4 * 1024 * 1024))]).await;
    assert_eq!(status, 413);
    assert!(page.contains("4 MiB"), "{page}");
}

#[tokio::test]
async fn what_is_no_plan_is_told_and_kept_in_its_field() {
    let house = House::open().await;
    let (status, page) = shown(&house, &[("plan", None, "Seq Scan on t  (cost=0.00..1.00 rows=1)")]).await;
    assert_eq!(status, 200);
    assert!(page.contains("The plan cannot be read: expected the output of EXPLAIN (FORMAT JSON)"), "{page}");
    assert!(page.contains("Seq Scan on t"), "{page}");
    // Nobody is let in for it.
    let kind = format!("multipart/form-data; boundary={BORDER}");
    let answer = house.stranger().post("/plans").header("content-type", kind).body(form(&[])).send().await;
    assert!(!answer.unwrap().status().is_success());
}
