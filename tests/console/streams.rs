//! The streams of a run, cut at random bytes and resumed as a browser does: no event and no line is lost or doubled.

use crate::console::Console;
use crate::runbooks::{shell, work};
use crate::sse::{Frame, Stream};
use kneeboard::run::RunId;
use kneeboard::run::view::StepStatus;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use std::collections::BTreeMap;

const CUTS: usize = 1_000;

/// 10,000 lines in some seconds, which tell a lost, doubled, glued or split one.
const LINES: &str = "i=0; while [ $i -lt 40 ]; do seq -f '%.0f für € 🛫' $((i * 250 + 1)) $((i * 250 + 250)); sleep 0.05; i=$((i + 1)); done";

fn all_lines() -> String {
    (1..=10_000).map(|n| format!("{n} für € 🛫\n")).collect()
}

/// What a browser holds.
#[derive(Default)]
struct Viewer {
    last_id: Option<String>,
    seqs: Vec<u64>,
    /// By step: its text, and the offset behind it.
    logs: BTreeMap<String, (String, u64)>,
    ended_logs: Vec<String>,
    end: bool,
}

impl Viewer {
    /// Connects and takes at most `bytes` bytes.
    async fn watch(&mut self, console: &Console, path: &str, bytes: usize) {
        let mut request =
            console.client.get(format!("{}{path}", console.url())).bearer_auth(console.token("oscar"));
        if let Some(id) = &self.last_id {
            request = request.header("last-event-id", id);
        }
        let mut stream = Stream::cut_after(request.send().await.unwrap(), bytes);
        while let Some(frame) = stream.next().await {
            self.take(frame);
        }
    }

    fn take(&mut self, frame: Frame) {
        let step = || frame.data["step"].as_str().unwrap().to_owned();
        match frame.name.as_str() {
            "run" => {
                self.seqs.push(frame.data["seq"].as_u64().unwrap());
                assert_eq!(self.seqs.len() as u64, frame.data["seq"], "at {:?}", self.last_id);
            }
            "log" => {
                let (text, at) = self.logs.entry(step()).or_default();
                assert_eq!(frame.data["from"], *at, "at {:?}", self.last_id);
                *at = frame.data["to"].as_u64().unwrap();
                let records = frame.data["records"].as_array().unwrap();
                records.iter().for_each(|record| text.push_str(record[2].as_str().unwrap()));
            }
            // Said again to a viewer who was cut off right behind it.
            "end-log" if self.ended_logs.last() == Some(&step()) => {}
            "end-log" => self.ended_logs.push(step()),
            "end" => self.end = true,
            "ping" | "watch" | "reading" => return,
            other => panic!("an event `{other}`"),
        }
        self.last_id = Some(frame.id);
    }
}

/// Cuts as short as a head and as long as some chunks.
fn cut(random: &mut StdRng) -> usize {
    let most = [300, 4_000, 200_000][random.random_range(0..3)];
    random.random_range(1..most)
}

/// Two steps that write, one behind the other by itself, and the run's end.
async fn walk(console: &Console) -> RunId {
    let run = console.start_run().await;
    assert_eq!(console.command(&run, json!({ "kind": "set_pace", "pace": "continue" })).await.0, 200);
    console.start_step(&run, "one").await;
    run
}

async fn finish(console: &Console, run: &RunId) {
    assert_eq!(console.settled(run, "two").await, StepStatus::Succeeded);
    assert_eq!(console.command(run, json!({ "kind": "end_run" })).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_stream_survives_cuts_at_random_bytes() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let console = Console::open(&work(&[shell("one", LINES), shell("two", LINES)])).await;
    let run = walk(&console).await;
    let path = format!("/runs/{run}/live");
    let (finished, mut cuts) = (finish(&console, &run), 0);
    let watched = async {
        while cuts < CUTS {
            let mut viewer = Viewer::default();
            while !viewer.end {
                viewer.watch(&console, &path, cut(&mut random)).await;
                cuts += 1;
            }
            let last = viewer.seqs.len() as u64;
            assert_eq!(last, console.state(&run).await.seq);
            // A viewer who comes late is shown the log that is on the page then; what has begun is shown whole.
            assert!(viewer.ended_logs.ends_with(&["two".to_owned()]), "{:?}", viewer.ended_logs);
            assert!(viewer.logs.keys().eq(&viewer.ended_logs), "{:?}", viewer.ended_logs);
            for (step, (text, _)) in &viewer.logs {
                assert!(*text == all_lines(), "{step}: {} bytes", text.len());
            }
        }
    };
    tokio::join!(finished, watched);
    assert!(cuts >= CUTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_survive_cuts_at_random_bytes() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let between = (0..30).map(|n| shell(&format!("step-{n}"), "true"));
    let steps: Vec<_> =
        [shell("one", "true")].into_iter().chain(between).chain([shell("two", "true")]).collect();
    let console = Console::open(&work(&steps)).await;
    let run = walk(&console).await;
    let path = format!("/runs/{run}/events");
    let finished = finish(&console, &run);
    let watched = async {
        let mut cuts = 0;
        while cuts < CUTS {
            let mut viewer = Viewer::default();
            while !viewer.end {
                viewer.watch(&console, &path, random.random_range(1..6_000)).await;
                cuts += 1;
            }
            assert_eq!(viewer.seqs.len() as u64, console.state(&run).await.seq);
        }
    };
    tokio::join!(finished, watched);
    console.events(&run).await;
}
