//! What these tests share: a throw-away attempt, a server that streams its log, and a viewer that can be cut off.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::StreamExt;
use kneeboard::server::logs::{AttemptDir, End, LogHub, download, sse};
use kneeboard::server::shim::launch::Launcher;
use kneeboard::server::shim::{ExitRecord, ShimSpec, files};
use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub const KNEEBOARD: &str = env!("CARGO_BIN_EXE_kneeboard");

/// One attempt in a state directory that goes away with it.
pub struct Attempt {
    pub dir: AttemptDir,
    pub hub: LogHub,
    pub state: TempDir,
}

/// A step that runs `sh -c SCRIPT`, with the state directory as `$HERE`.
pub fn script(attempt: &Attempt, script: &str) -> ShimSpec {
    let env =
        [("PATH", "/usr/bin:/bin"), ("HERE", attempt.here())].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
    ShimSpec { argv, env: env.into(), grace_ms: 300, ..ShimSpec::default() }
}

impl Attempt {
    pub fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let dir = AttemptDir::new(state.path(), "run", "step", 1).unwrap();
        Self { dir, hub: LogHub::new(), state }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn here(&self) -> &str {
        self.state.path().to_str().unwrap()
    }

    pub fn out(&self) -> Vec<u8> {
        std::fs::read(self.dir.file(files::OUT)).unwrap()
    }

    pub async fn launch(&self, spec: &ShimSpec) {
        Launcher::of(KNEEBOARD.into()).launch(self.path(), spec, &[]).await.unwrap();
    }

    /// Runs a script to its end.
    pub async fn run(&self, text: &str) -> ExitRecord {
        self.launch(&script(self, text)).await;
        self.ended().await
    }

    pub async fn ended(&self) -> ExitRecord {
        match self.hub.open(&self.dir).await.unwrap().ended().await {
            End::Ended(record) => Arc::unwrap_or_clone(record),
            End::Lost { .. } => panic!("the attempt was lost"),
        }
    }

    /// Waits until the log holds a text.
    pub async fn shows(&self, text: &str) {
        let log = self.hub.open(&self.dir).await.unwrap();
        let mut status = log.watch();
        while !String::from_utf8_lossy(&self.out()).contains(text) {
            assert!(log.status().end.is_none(), "ended without showing {text:?}");
            status.changed().await.unwrap();
        }
    }

    /// Lets a script go on that waits with `until [ -e $HERE/NAME ]`.
    pub fn touch(&self, name: &str) {
        std::fs::write(self.state.path().join(name), "").unwrap();
    }

    pub fn shim_pid(&self) -> i32 {
        let wanted = self.path().to_str().unwrap().to_owned();
        let found = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let entry = entry.ok()?;
            let line = std::fs::read(entry.path().join("cmdline")).ok()?;
            let args: Vec<_> = line.split(|b| *b == 0).map(String::from_utf8_lossy).collect();
            let is_it = args.len() > 2 && args[1] == "shim" && args[2] == wanted;
            is_it.then(|| entry.file_name().to_str()?.parse().ok()).flatten()
        });
        found.into_iter().next().expect("a shim at work")
    }

    /// Serves this attempt's log; gives the address of the stream.
    pub async fn serve(&self) -> String {
        #[derive(serde::Deserialize)]
        struct From {
            from: Option<String>,
        }
        async fn stream(
            State((hub, dir)): State<(LogHub, AttemptDir)>,
            Query(query): Query<From>,
            headers: HeaderMap,
        ) -> Response {
            let answer = sse::respond(&hub, &dir, &headers, query.from.as_deref()).await;
            answer.unwrap_or_else(|error| (error.status(), error.to_string()).into_response())
        }
        async fn whole(State((hub, dir)): State<(LogHub, AttemptDir)>) -> Response {
            let answer = download::respond(&hub, &dir).await;
            answer.unwrap_or_else(|error| (error.status(), error.to_string()).into_response())
        }
        let state = (self.hub.clone(), self.dir.clone());
        let app = Router::new().route("/log", get(stream)).route("/whole", get(whole)).with_state(state);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    }
}

/// One Server-Sent Event, complete.
#[derive(Debug)]
pub struct Event {
    pub name: String,
    pub id: Option<String>,
    pub data: Value,
}

/// What a browser would hold: the text so far, and where to go on.
#[derive(Default)]
pub struct Viewer {
    pub text: String,
    pub last_id: Option<String>,
    pub end: Option<Event>,
}

impl Viewer {
    /// Connects, takes at most `bytes` bytes off the wire, and is cut off there, wherever that is in an event.
    pub async fn watch(&mut self, url: &str, bytes: usize) {
        let mut request = reqwest::Client::new().get(format!("{url}/log"));
        if let Some(id) = &self.last_id {
            request = request.header("last-event-id", id);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let (mut stream, mut wire) = (answer.bytes_stream(), Vec::new());
        let mut left = bytes;
        while left > 0 && self.end.is_none() {
            let Ok(Some(piece)) = tokio::time::timeout(Duration::from_secs(60), stream.next()).await else {
                break;
            };
            let piece = piece.unwrap();
            let taken = piece.len().min(left);
            wire.extend_from_slice(&piece[..taken]);
            left -= taken;
            self.take_whole_events(&mut wire);
        }
    }

    fn take_whole_events(&mut self, wire: &mut Vec<u8>) {
        let mut done = 0;
        while let Some(at) = memchr::memmem::find(&wire[done..], b"\n\n") {
            let event = parse(std::str::from_utf8(&wire[done..done + at]).unwrap());
            done += at + 2;
            self.take(event);
        }
        wire.drain(..done);
    }

    fn take(&mut self, event: Event) {
        let known: u64 = self.last_id.as_deref().map_or(0, |id| id.parse().unwrap());
        match event.name.as_str() {
            "log" => {
                assert_eq!(event.data["from"], known, "a chunk begins where the last one ended");
                assert_eq!(event.data["to"].to_string(), event.id.clone().unwrap());
                assert!(event.data["to"].as_u64().unwrap() - known <= 256 * 1024, "a chunk is bounded");
                for record in event.data["records"].as_array().unwrap() {
                    self.text.push_str(record[2].as_str().unwrap());
                }
                self.last_id = event.id;
            }
            "end-log" | "lost-log" => self.end = Some(event),
            _ => {}
        }
    }
}

fn parse(block: &str) -> Event {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    let data = field("data: ").map_or(Value::Null, |data| serde_json::from_str(&data).unwrap());
    Event { name: field("event: ").unwrap_or_default(), id: field("id: "), data }
}
