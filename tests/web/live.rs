//! The one stream of a run's page, with real processes: events and output, attempt after attempt, and however often it is cut.

use crate::events::Events;
use crate::house::{Caller, House};
use kneeboard::run::command::Report;
use kneeboard::run::cursor::Cursor;
use kneeboard::run::reading::{Outcome, StepFindings};
use kneeboard::runbook::Id;
use kneeboard::server::logs::{AttemptDir, End};
use kneeboard::server::shim::ShimSpec;
use kneeboard::server::shim::launch::Launcher;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Everything that a viewer of the live stream was told.
#[derive(Default)]
struct Heard {
    /// Seqs, in order.
    events: Vec<u64>,
    /// Output by attempt.
    output: BTreeMap<u64, String>,
    ended: Vec<u64>,
    over: bool,
    cursor: String,
}

impl Heard {
    fn take(&mut self, (name, id, data): (String, String, Value)) {
        match name.as_str() {
            "run" => self.events.push(data["seq"].as_u64().unwrap()),
            "log" => {
                let output = self.output.entry(data["attempt"].as_u64().unwrap()).or_default();
                assert_eq!(data["from"], output.len(), "no gap and no repeat");
                for record in data["records"].as_array().unwrap() {
                    output.push_str(record[2].as_str().unwrap());
                }
                assert_eq!(data["to"], output.len());
            }
            "end-log" => self.ended.push(data["attempt"].as_u64().unwrap()),
            "end" => self.over = true,
            // What the target says comes whenever it was read.
            "reading" | "ping" => {}
            other => panic!("an event `{other}`"),
        }
        if !id.is_empty() {
            id.parse::<Cursor>().unwrap();
            self.cursor = id;
        }
    }
}

/// Walks one attempt of the step as the executor would: queued, starting, running, ended. Gives its output.
async fn attempt(house: &House, olga: &Caller, number: u32, script: &str) -> String {
    let seq = house.console.state(&house.run).await.unwrap().seq;
    let start = json!({ "kind": "start_step", "step": "echo" });
    let (status, body) = olga.command(house, &format!("start {number}"), seq, start).await;
    assert_eq!(status, 200, "{body}");
    let step = Id::parse("echo").unwrap();
    let report = async |report| assert!(house.console.report(&house.run, report).await.unwrap());
    report(Report::Starting { step: step.clone(), attempt: number }).await;
    let dir = AttemptDir::new(house.console.state_dir(), house.run.as_str(), "echo", number).unwrap();
    let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
    let env = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
    let spec = ShimSpec { argv, env, grace_ms: 300, ..ShimSpec::default() };
    let launcher = Launcher::of(env!("CARGO_BIN_EXE_kneeboard").into());
    launcher.launch(dir.path(), &spec, &[]).await.unwrap();
    report(Report::Running { step: step.clone(), attempt: number }).await;
    let End::Ended(exit) = house.console.logs().open(&dir).await.unwrap().ended().await else {
        panic!("the attempt was lost");
    };
    // It fails, so that it can be tried again.
    let (outcome, log_bytes) = (Outcome::Exited { code: 1 }, exit.log_bytes);
    report(Report::Ended {
        step: step.clone(),
        attempt: number,
        outcome,
        duration_ms: exit.ended_ms - exit.started_ms,
        log_bytes,
        lost_bytes: 0,
        files: None,
    })
    .await;
    let shown = StepFindings::default();
    report(Report::Shown { step, attempt: number, shown, database: None }).await;
    std::fs::read_to_string(dir.file("out")).unwrap()
}

async fn abandon(house: &House, olga: &Caller) {
    let seq = house.console.state(&house.run).await.unwrap().seq;
    let command = json!({ "kind": "abandon", "reason": "enough" });
    assert_eq!(olga.command(house, "abandon", seq, command).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stream_tells_all_events_and_the_output_of_each_attempt_as_it_comes() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let mut live = Events::open(&olga, &format!("{}/live", house.page())).await;
    let viewer = tokio::spawn(async move {
        let mut heard = Heard::default();
        while let Some(event) = live.next().await {
            heard.take(event);
        }
        heard
    });
    let first = attempt(&house, &olga, 1, "for i in 1 2 3 4 5; do echo line $i; sleep 0.02; done").await;
    let second = attempt(&house, &olga, 2, "seq 1 5000").await;
    abandon(&house, &olga).await;
    let heard = viewer.await.unwrap();
    let last = house.console.state(&house.run).await.unwrap().seq;
    assert_eq!(heard.events, (1..=last).collect::<Vec<_>>());
    assert_eq!(heard.output, BTreeMap::from([(1, first), (2, second)]));
    assert_eq!(heard.ended, [1, 2]);
    assert!(heard.over);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_cut_again_and_again_loses_nothing_and_repeats_nothing() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let output = attempt(&house, &olga, 1, "seq 1 200000; echo ü >&2; seq 1 1000").await;
    abandon(&house, &olga).await;
    let mut heard = Heard::default();
    let mut cuts = 0u64;
    while !heard.over {
        cuts += 1;
        assert!(cuts < 2_000, "it comes to an end");
        // A length that is different each time: often too short for the next chunk, never long enough for all of it.
        let length = 1 + (cuts * 52_919) % 150_000;
        let request = olga.get(&format!("{}/live?after=0", house.page()));
        let request =
            if heard.cursor.is_empty() { request } else { request.header("last-event-id", &heard.cursor) };
        let mut live = Events::of(request.send().await.unwrap()).cut_after(length as usize);
        while let Some(event) = live.next().await {
            heard.take(event);
        }
    }
    assert!(cuts > 10, "{cuts}");
    assert_eq!(heard.output, BTreeMap::from([(1, output)]));
    let last = house.console.state(&house.run).await.unwrap().seq;
    assert_eq!(heard.events, (1..=last).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_end_the_page_has_shown_is_not_sent_again() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let output = attempt(&house, &olga, 1, "echo something").await;
    let seq = house.console.state(&house.run).await.unwrap().seq;
    let mut live = Events::open(&olga, &format!("{}/live?after={seq}", house.page())).await;
    let place = format!("{seq}/echo.1@{}", output.len());
    let mut resumed = Events::open(&olga, &format!("{}/live?after={place}", house.page())).await;
    abandon(&house, &olga).await;
    assert_eq!(live.next().await.unwrap().0, "run");
    assert_eq!(live.next().await.unwrap().0, "end");
    let (name, id, _) = resumed.next().await.unwrap();
    assert_eq!((name.as_str(), id.as_str()), ("end-log", place.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_downloaded_whole_paged_both_ways_and_searched() {
    let house = House::open().await;
    let olga = house.browser("olga").await;
    let output = attempt(&house, &olga, 1, "seq 1 3000").await;
    let get = async |path: &str| {
        let answer =
            olga.get(&format!("{}/steps/echo/attempts/1/{path}", house.page())).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer
    };
    let whole = get("log.txt").await;
    assert_eq!(whole.headers()["content-disposition"], "attachment; filename=\"echo-1.log\"");
    assert_eq!(whole.headers()["content-length"], output.len().to_string());
    assert!(whole.text().await.unwrap() == output);

    let tail: Value = get("log/page?lines=2").await.json().await.unwrap();
    assert_eq!(tail["records"][0][2], "2999\n3000\n");
    let above: Value = get(&format!("log/page?lines=1&before={}", tail["from"])).await.json().await.unwrap();
    assert_eq!(above["records"][0][2], "2998\n");
    let below: Value = get(&format!("log/page?after={}", above["from"])).await.json().await.unwrap();
    assert_eq!(below["to"], output.len());
    assert!(below["records"][0][2].as_str().unwrap().starts_with("2998\n2999"));

    let found: Value = get("log/search?text=99&from=9000").await.json().await.unwrap();
    assert_eq!(found["hits"][0]["text"], "2099");
    assert_eq!(found["next"], Value::Null);
}
