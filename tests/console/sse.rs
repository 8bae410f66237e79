//! Server-Sent Events as a browser takes them, from a connection that may be cut off anywhere.

use axum::body::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::Response;
use serde_json::Value;
use std::time::Duration;

/// The console says something at least every 10 s.
const SILENCE: Duration = Duration::from_secs(60);

/// One event, complete.
#[derive(Debug)]
pub struct Frame {
    pub name: String,
    pub id: String,
    pub data: Value,
}

pub struct Stream {
    bytes: BoxStream<'static, reqwest::Result<Bytes>>,
    wire: Vec<u8>,
    /// How many bytes come before the cut.
    left: usize,
}

impl Stream {
    pub fn of(response: Response) -> Self {
        Self::cut_after(response, usize::MAX)
    }

    pub fn cut_after(response: Response, bytes: usize) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { bytes: response.bytes_stream().boxed(), wire: Vec::new(), left: bytes }
    }

    /// The next whole event that has data; none where the stream ends or is cut off.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(at) = memchr::memmem::find(&self.wire, b"\n\n") {
                let block: Vec<u8> = self.wire.drain(..at + 2).collect();
                match parse(std::str::from_utf8(&block).expect("UTF-8")) {
                    Some(frame) => return Some(frame),
                    None => continue,
                }
            }
            if self.left == 0 {
                return None;
            }
            let more =
                tokio::time::timeout(SILENCE, self.bytes.next()).await.expect("a stream is never silent");
            let more = more?.ok()?;
            let taken = more.len().min(self.left);
            self.wire.extend_from_slice(&more[..taken]);
            self.left -= taken;
        }
    }
}

fn parse(block: &str) -> Option<Frame> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    let data = serde_json::from_str(field("data: ")?).expect("JSON");
    Some(Frame { name: field("event: ")?.to_owned(), id: field("id: ").unwrap_or_default().to_owned(), data })
}
