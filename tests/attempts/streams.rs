//! What viewers of a running step get, when connections are cut, slow or many.

use std::io::{Read, Write};

use kneeboard::server::shim::files;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::support::{Attempt, Viewer, script};

/// 40,000 lines that tell a lost, doubled, glued or split one: numbered, with characters of one to four bytes.
const LINES: &str = "i=0; while [ $i -lt 40 ]; do
  seq -f '%.0f zeile für € 🛫' $((i * 1000 + 1)) $((i * 1000 + 1000)); sleep 0.01; i=$((i + 1)); done";

fn all_lines() -> String {
    (1..=40_000).map(|n| format!("{n} zeile für € 🛫\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_cut_at_a_thousand_random_bytes_loses_doubles_and_splits_nothing() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let attempt = Attempt::new();
    attempt.launch(&script(&attempt, LINES)).await;
    let url = attempt.serve().await;
    let expected = all_lines();
    let mut cuts = 0;
    while cuts < 1000 {
        let mut viewer = Viewer::default();
        while viewer.end.is_none() {
            // Short cuts fall into the first event or its head; long ones pass several.
            let most = [200, 3_000, 200_000][random.random_range(0..3)];
            viewer.watch(&url, random.random_range(1..most)).await;
            cuts += 1;
            assert!(expected.starts_with(&viewer.text), "after {cuts} cuts, at {:?}", viewer.last_id);
        }
        assert!(viewer.text == expected, "{} of {} bytes", viewer.text.len(), expected.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_never_reads_slows_neither_the_step_nor_the_others() {
    let attempt = Attempt::new();
    attempt.launch(&script(&attempt, "until [ -e $HERE/go ]; do sleep 0.02; done; seq 1 200000")).await;
    let url = attempt.serve().await;
    let mut sleeper = std::net::TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    sleeper.write_all(b"GET /log HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let others: Vec<_> = (0..50)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move {
                let mut viewer = Viewer::default();
                viewer.watch(&url, usize::MAX).await;
                viewer
            })
        })
        .collect();
    attempt.touch("go");
    attempt.ended().await;
    let expected: String = (1..=200_000).map(|n| format!("{n}\n")).collect();
    for other in others {
        let viewer = other.await.unwrap();
        assert!(viewer.text == expected && viewer.end.unwrap().name == "end-log");
    }
    let mut late = Vec::new();
    tokio::task::spawn_blocking(move || {
        sleeper.read_to_end(&mut late).unwrap();
        assert!(
            memchr::memmem::find(&late, b"event: end-log").is_some(),
            "it gets everything when it reads at last"
        );
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_is_said_only_when_the_whole_log_is_on_disk() {
    for _ in 0..20 {
        let attempt = Attempt::new();
        attempt.launch(&script(&attempt, "seq 1 5000")).await;
        let url = attempt.serve().await;
        let mut viewer = Viewer::default();
        viewer.watch(&url, usize::MAX).await;
        let end = viewer.end.unwrap();
        let length = std::fs::metadata(attempt.dir.file(files::OUT)).unwrap().len();
        assert!(attempt.dir.file(files::EXIT).exists());
        assert_eq!((&end.data["to"], &end.data["exit"]["log_bytes"]), (&length.into(), &length.into()));
        assert_eq!(viewer.text.len() as u64, length);
    }
}

#[tokio::test]
async fn a_long_line_and_broken_bytes_reach_the_viewer_in_bounded_pieces() {
    let attempt = Attempt::new();
    attempt.run(r"head -c 10485760 /dev/zero | tr '\0' x; printf '\n\377ok\n'").await;
    let url = attempt.serve().await;
    let mut viewer = Viewer::default();
    viewer.watch(&url, usize::MAX).await;
    assert!(viewer.text == format!("{}\n\u{FFFD}ok\n", "x".repeat(10 * 1024 * 1024)));
}

#[tokio::test]
async fn an_offset_that_makes_no_sense_is_refused_in_a_sentence() {
    let attempt = Attempt::new();
    attempt.run("echo hello").await;
    let url = attempt.serve().await;
    let ask = async |from: &str| {
        let answer = reqwest::get(format!("{url}/log?from={from}")).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, text) = ask("7").await;
    assert_eq!((status, &text[..]), (416, "the log has 6 bytes, but byte 7 was asked for; reload the page"));
    assert_eq!(ask("x").await.0, 400);
    assert!(ask("6").await.1.contains("event: end-log"));
}

#[tokio::test]
async fn an_attempt_that_has_not_begun_has_no_log_yet() {
    let attempt = Attempt::new();
    let url = attempt.serve().await;
    assert_eq!(reqwest::get(format!("{url}/log")).await.unwrap().status(), 404);
}
