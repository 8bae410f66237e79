//! A viewer of a stream that costs next to nothing: it reads bytes and looks for a text in them. What it got is taken apart afterwards.

use crate::http::{connect, head};
use anyhow::{Context, ensure};
use memchr::memmem;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Instant, SystemTime};

/// Room for all that a measured stream sends; in use before the clock runs.
const ROOM: usize = 4 * 1024 * 1024;

pub struct Viewer {
    socket: TcpStream,
    request: String,
    raw: Vec<u8>,
    len: usize,
}

impl Viewer {
    /// Connects without asking for anything yet.
    pub fn connect(address: SocketAddr, token: &str, path: &str, room: usize) -> io::Result<Self> {
        let accept = "accept: text/event-stream\r\n";
        let request = format!("GET {path} HTTP/1.1\r\n{}{accept}\r\n", head(address, token));
        Ok(Self { socket: connect(address)?, request, raw: vec![1; room], len: 0 })
    }

    /// One for a whole log.
    pub fn of_log(address: SocketAddr, token: &str, path: &str) -> io::Result<Self> {
        Self::connect(address, token, path, ROOM)
    }

    pub fn ask(&mut self) -> io::Result<()> {
        self.socket.write_all(self.request.as_bytes())
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Waits for bytes; gives them.
    pub fn read(&mut self) -> io::Result<&[u8]> {
        if self.len == self.raw.len() {
            self.raw.resize(self.len * 2, 0);
        }
        let n = self.socket.read(&mut self.raw[self.len..])?;
        if n == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the stream ended too soon"));
        }
        self.len += n;
        Ok(&self.raw[self.len - n..self.len])
    }

    /// Reads until a text has come at or behind an offset; gives the offset behind it.
    pub fn until(&mut self, from: usize, text: &[u8]) -> io::Result<usize> {
        let mut at = from;
        loop {
            if let Some(found) = memmem::find(&self.raw[at..self.len], text) {
                return Ok(at + found + text.len());
            }
            at = self.len.saturating_sub(text.len()).max(from);
            self.read()?;
        }
    }

    /// Waits until the stream has begun.
    pub fn begun(&mut self) -> io::Result<()> {
        self.until(0, b"\r\n\r\n").map(drop)
    }

    /// Reads to the end of an attempt's log; gives when it was there.
    pub fn read_log(&mut self) -> io::Result<Instant> {
        self.until(0, b"event: end-log")?;
        Ok(Instant::now())
    }

    /// The output in all `log` events, which must follow upon each other.
    pub fn output(&self) -> anyhow::Result<Vec<u8>> {
        let body = body(&self.raw[..self.len])?;
        let mut output = Vec::new();
        for block in std::str::from_utf8(&body)?.split("\n\n").filter(|block| block.contains("event: log\n"))
        {
            let data =
                block.lines().find_map(|line| line.strip_prefix("data: ")).context("a log without data")?;
            let log: serde_json::Value = serde_json::from_str(data)?;
            ensure!(log["from"] == output.len(), "output is missing before {}", log["from"]);
            for record in log["records"].as_array().into_iter().flatten() {
                output.extend_from_slice(record[2].as_str().unwrap_or_default().as_bytes());
            }
        }
        Ok(output)
    }

    /// Id of the last event that has one.
    pub fn last_id(&self) -> Option<&str> {
        let at = memmem::rfind(&self.raw[..self.len], b"\nid: ")? + 5;
        let end = memchr::memchr(b'\n', &self.raw[at..self.len])?;
        std::str::from_utf8(&self.raw[at..at + end]).ok()
    }
}

/// The body of a chunked answer, as far as it came.
fn body(raw: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut rest = &raw[memmem::find(raw, b"\r\n\r\n").context("no head")? + 4..];
    let mut body = Vec::with_capacity(rest.len());
    while let Some(at) = memmem::find(rest, b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..at])?, 16)?;
        let end = (at + 2 + size).min(rest.len());
        body.extend_from_slice(&rest[at + 2..end]);
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    // A last event may have come in part.
    let whole = memmem::rfind(&body, b"\n\n").map_or(0, |at| at + 2);
    body.truncate(whole);
    Ok(body)
}

/// Nanoseconds since 1970.
pub fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
