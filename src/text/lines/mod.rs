//! A step's output as lines: what a viewer shows of the records that follow each other in a log. Nothing here
//! reads a file or draws; the log itself stays the bytes it is.

mod offsets;
mod row;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::ansi::{Parser, Span};
use super::size;
use offsets::Ruler;
use row::Row;
pub use row::SHOWN_BYTES;

/// Which of its two outputs a step wrote to. In JSON and on disk 1 and 2, as file descriptors are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Stream {
    Out,
    Err,
}

impl TryFrom<u8> for Stream {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1 => Ok(Self::Out),
            2 => Ok(Self::Err),
            _ => Err(format!("a stream is 1 (stdout) or 2 (stderr), got {number}")),
        }
    }
}

impl From<Stream> for u8 {
    fn from(stream: Stream) -> u8 {
        match stream {
            Stream::Out => 1,
            Stream::Err => 2,
        }
    }
}

/// One piece of output: arrival in Unix milliseconds, stream, text. In JSON `[ms, stream, "text"]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record(pub i64, pub Stream, pub String);

/// Records that follow each other in a log from byte `from` up to byte `to`, exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub from: u64,
    pub to: u64,
    pub records: Vec<Record>,
}

/// One line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When its first byte came, Unix milliseconds.
    pub at: i64,
    pub stream: Stream,
    pub spans: Vec<Span>,
    /// Offset of its first byte in the log.
    pub from: u64,
    /// Offset behind its last byte, the newline included.
    pub to: u64,
    /// Its whole length in bytes where only the first [`SHOWN_BYTES`] are shown.
    pub cut: Option<u64>,
}

impl Line {
    /// The text without its colours.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// For a line that is cut: what stands behind its shown part.
    pub fn marker(&self) -> Option<String> {
        self.cut.map(|whole| format!("… the line is {} long; the download has all of it", size::bytes(whole)))
    }
}

/// What became of a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fed {
    /// Taken, without the part that was known already; these lines ended with it.
    Lines(Vec<Line>),
    /// Not taken: bytes are missing before it. Ask again from [`Lines::next`].
    Gap,
}

/// Turns chunks into lines. Chunks may be cut anywhere and may repeat what came before.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    next: u64,
    open: [Open; 2],
}

#[derive(Debug, Clone, Default)]
struct Open {
    parser: Parser,
    row: Row,
    /// Offset and arrival of the line's first byte; none while nothing of it has come.
    begun: Option<(u64, i64)>,
    to: u64,
}

impl Lines {
    /// A view that begins at this offset, which should be the start of a line.
    pub fn starting_at(offset: u64) -> Self {
        Self { next: offset, ..Self::default() }
    }

    /// The offset of the first byte not yet seen.
    pub fn next(&self) -> u64 {
        self.next
    }

    pub fn feed(&mut self, chunk: &Chunk) -> Fed {
        if chunk.from > self.next {
            return Fed::Gap;
        }
        let mut lines = Vec::new();
        if chunk.to <= self.next {
            return Fed::Lines(lines);
        }
        let mut ruler = Ruler::new(chunk);
        for Record(at, stream, text) in &chunk.records {
            let text = ruler.skip_to(self.next, text);
            self.open[usize::from(u8::from(*stream)) - 1].feed(*stream, *at, text, &mut ruler, &mut lines);
        }
        self.next = chunk.to;
        Fed::Lines(lines)
    }

    /// The lines that have begun and not ended, stdout's first: at most one a stream.
    pub fn open(&self) -> Vec<Line> {
        let streams = [Stream::Out, Stream::Err];
        streams.into_iter().zip(&self.open).filter_map(|(stream, open)| open.line(stream)).collect()
    }

    /// The log has ended: what was open is a line too.
    pub fn finish(&mut self) -> Vec<Line> {
        let lines = self.open();
        self.open = Default::default();
        lines
    }
}

impl Open {
    fn feed(&mut self, stream: Stream, at: i64, mut text: &str, ruler: &mut Ruler, lines: &mut Vec<Line>) {
        while !text.is_empty() {
            if let Some((plain, rest)) = self.plain_line(text) {
                let from = ruler.at();
                ruler.pass(&text[..plain.len() + 1]);
                let spans = match plain {
                    "" => Vec::new(),
                    _ => vec![Span { class: self.parser.style().class(), text: plain.to_owned() }],
                };
                lines.push(Line { at, stream, spans, from, to: ruler.at(), cut: None });
                text = rest;
                continue;
            }
            let end = text.find('\n').map_or(text.len(), |newline| newline + 1);
            let (piece, rest) = text.split_at(end);
            self.begun.get_or_insert((ruler.at(), at));
            self.write(piece);
            ruler.pass(piece);
            self.to = ruler.at();
            if piece.ends_with('\n') {
                lines.extend(self.line(stream));
                self.row.clear();
                self.begun = None;
            }
            text = rest;
        }
    }

    fn write(&mut self, mut piece: &str) {
        while !piece.is_empty() {
            let plain =
                if self.parser.is_ground() { piece.find(is_control).unwrap_or(piece.len()) } else { 0 };
            let (text, rest) = piece.split_at(plain);
            self.row.print(text, self.parser.style());
            let mut rest = rest.chars();
            if let Some(op) = rest.next().and_then(|c| self.parser.advance(c)) {
                self.row.apply(op, self.parser.style());
            }
            piece = rest.as_str();
        }
    }

    /// Most lines are whole and hold nothing but text: they need no cells.
    fn plain_line<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str)> {
        if self.begun.is_some() || !self.parser.is_ground() {
            return None;
        }
        let (line, rest) = text.split_once('\n')?;
        let plain = line.len() <= SHOWN_BYTES && !line.contains(is_control);
        plain.then_some((line, rest))
    }

    fn line(&self, stream: Stream) -> Option<Line> {
        let (from, at) = self.begun?;
        let (spans, cut) = self.row.shown();
        Some(Line { at, stream, spans, from, to: self.to, cut })
    }
}

fn is_control(c: char) -> bool {
    c.is_control() && c != '\t'
}
