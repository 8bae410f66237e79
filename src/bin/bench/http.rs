//! As much of HTTP/1.1 as measuring takes: one connection, kept open, without a library's time in the figures.

use anyhow::{Context, bail, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The server is given up when it is silent for so long.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Http {
    connection: BufReader<TcpStream>,
    head: String,
}

pub struct Answer {
    pub status: u16,
    /// As it came, compressed or not.
    pub body: Vec<u8>,
}

pub fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// What every request says of its sender.
pub fn head(address: SocketAddr, token: &str) -> String {
    format!("host: {address}\r\nauthorization: Bearer {token}\r\n")
}

impl Http {
    pub fn open(address: SocketAddr, token: &str) -> anyhow::Result<Self> {
        Ok(Self { connection: BufReader::new(connect(address)?), head: head(address, token) })
    }

    /// `accept` is the rest of the head: a line each, with its end.
    pub fn get(&mut self, path: &str, accept: &str) -> anyhow::Result<Answer> {
        self.ask(&format!("GET {path} HTTP/1.1\r\n{}{accept}\r\n", self.head))
    }

    pub fn post(&mut self, path: &str, json: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let body = json.to_string();
        let kind = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        let answer = self.ask(&format!("POST {path} HTTP/1.1\r\n{}{kind}\r\n{body}", self.head))?;
        let text = String::from_utf8_lossy(&answer.body);
        ensure!(answer.status < 300, "{path} answered {}: {text}", answer.status);
        Ok(serde_json::from_str(&text)?)
    }

    fn ask(&mut self, request: &str) -> anyhow::Result<Answer> {
        self.connection.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            match line.split_once(": ") {
                None => break,
                Some(("content-length", value)) => length = value.parse()?,
                Some(("transfer-encoding", value)) => chunked = value == "chunked",
                Some(_) => {}
            }
        }
        let mut body = Vec::new();
        if chunked {
            while let size @ 1.. = usize::from_str_radix(&self.line()?, 16)? {
                self.take(size, &mut body)?;
                self.line()?;
            }
            self.line()?;
        } else {
            self.take(length, &mut body)?;
        }
        Ok(Answer { status, body })
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self.connection.read_line(&mut line)? == 0 {
            bail!("the server hung up");
        }
        Ok(line.trim_end().to_owned())
    }

    fn take(&mut self, size: usize, body: &mut Vec<u8>) -> anyhow::Result<()> {
        let from = body.len();
        body.resize(from + size, 0);
        Ok(self.connection.read_exact(&mut body[from..])?)
    }
}
