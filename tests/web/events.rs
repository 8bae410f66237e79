//! Reading a stream of Server-Sent Events.

use crate::house::Caller;
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::Response;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(5);

/// A stream, one event at a time: its name, its id and its data.
pub struct Events {
    bytes: BoxStream<'static, reqwest::Result<axum::body::Bytes>>,
    text: Vec<u8>,
    /// How many bytes may still arrive before the line is cut.
    left: usize,
}

impl Events {
    pub async fn open(caller: &Caller, path: &str) -> Self {
        Self::of(caller.get(path).send().await.unwrap())
    }

    pub fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(response.headers().get("content-encoding").is_none());
        Self { bytes: response.bytes_stream().boxed(), text: Vec::new(), left: usize::MAX }
    }

    /// The same, but the line is cut after so many bytes, wherever that is.
    pub fn cut_after(self, left: usize) -> Self {
        Self { left, ..self }
    }

    /// The next event; none at the end of the stream. What the target said last is passed over: it comes whenever the target
    /// was read, before or after anything else.
    pub async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            while let Some(end) = memchr::memmem::find(&self.text, b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                let found = parse(std::str::from_utf8(&event).unwrap());
                if found.is_some() {
                    return found;
                }
            }
            let more =
                timeout(SOON, self.bytes.next()).await.expect("the stream says something soon")?.ok()?;
            let taken = more.len().min(self.left);
            self.left -= taken;
            self.text.extend_from_slice(&more[..taken]);
            if taken < more.len() {
                // Whole events that arrived before the cut count; a part of one does not.
                self.bytes = futures::stream::empty().boxed();
            }
        }
    }
}

fn parse(event: &str) -> Option<(String, String, Value)> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    let name = field("event: ").filter(|name| name != "reading")?;
    Some((name, field("id: ").unwrap_or_default(), serde_json::from_str(&field("data: ")?).unwrap()))
}
