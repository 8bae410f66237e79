//! Parts of a log: the tail, pages backwards, search, the whole as a file.

use kneeboard::server::logs::lines::Needle;
use kneeboard::server::logs::pages;
use serde_json::Value;

use crate::support::Attempt;

fn text(document: &[u8]) -> (u64, String) {
    let document: Value = serde_json::from_slice(document).unwrap();
    let records = document["records"].as_array().unwrap();
    (document["from"].as_u64().unwrap(), records.iter().map(|record| record[2].as_str().unwrap()).collect())
}

#[tokio::test]
async fn a_page_scrolls_back_line_by_line_to_the_beginning() {
    let attempt = Attempt::new();
    attempt.run("seq 1 10").await;
    let log = attempt.hub.open(&attempt.dir).await.unwrap();
    let page = |before| text(&pages::tail(&log, before, 4).unwrap());
    let (from, last) = page(log.status().committed);
    assert_eq!(last, "7\n8\n9\n10\n");
    let (from, middle) = page(from);
    assert_eq!(middle, "3\n4\n5\n6\n");
    assert_eq!(page(from), (0, "1\n2\n".into()));
}

#[tokio::test]
async fn a_search_finds_every_line_once_however_it_is_bounded() {
    let attempt = Attempt::new();
    attempt.run("seq 1 20000 | sed 's/7$/& Ärger/'").await;
    let log = attempt.hub.open(&attempt.dir).await.unwrap();
    let length = log.status().committed;
    let needle = Needle::new("ÄRGER", true);
    let (mut at, mut found) = (Some(0), Vec::new());
    while let Some(from) = at {
        let hits = log.reader().search(&needle, from, length, 100, 10_000).unwrap();
        found.extend(hits.hits);
        at = hits.next;
    }
    assert_eq!(found.len(), 2000);
    assert_eq!((found[0].text.as_str(), found[1999].text.as_str()), ("7 Ärger", "19997 Ärger"));
    assert!(found.windows(2).all(|pair| pair[0].to <= pair[1].from));
    let exact = log.reader().search(&Needle::new("ÄRGER", false), 0, length, 100, length).unwrap();
    assert!(exact.hits.is_empty() && exact.next.is_none());
}

#[tokio::test]
async fn the_whole_log_downloads_byte_for_byte() {
    let attempt = Attempt::new();
    attempt.run(r"seq 1 100000; printf '\377\n'").await;
    let url = attempt.serve().await;
    let answer = reqwest::get(format!("{url}/whole")).await.unwrap();
    assert_eq!(answer.content_length(), Some(attempt.out().len() as u64));
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"step-1.log\"");
    assert!(answer.bytes().await.unwrap() == attempt.out());
}
