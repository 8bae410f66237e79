//! A page of output as the JSON that viewers get. Encoded once for all viewers; who gets it is `hub`'s matter.

use axum::body::Bytes;

use super::dir::AttemptDir;
use super::reader::Page;

/// A page, ready to be sent. Cloning shares the bytes.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Offset of the first byte of output.
    pub from: u64,
    /// Offset behind the last: the place to resume from.
    pub to: u64,
    /// `data: JSON` and the empty line that ends a Server-Sent Event. The sender puts `event:` and `id:` before it.
    pub data: Bytes,
}

/// What stands at the start of each of an attempt's chunks.
#[derive(Clone, Debug)]
pub struct Encoder {
    head: String,
}

impl Encoder {
    /// An encoder for one attempt.
    pub fn new(attempt: &AttemptDir) -> Self {
        let step = serde_json::Value::from(attempt.step());
        Self { head: format!("{{\"step\":{step},\"attempt\":{}", attempt.attempt()) }
    }

    /// The page as a chunk of an event stream.
    pub fn chunk(&self, page: &Page) -> Chunk {
        let mut data = Vec::with_capacity(page.bytes().len() + page.bytes().len() / 4 + 256);
        data.extend_from_slice(b"data: ");
        self.write(page, &mut data);
        data.extend_from_slice(b"\n\n");
        Chunk { from: page.from, to: page.to, data: Bytes::from(data) }
    }

    /// The page as a JSON document: `{"step", "attempt", "from", "to", "records": [[ms, stream, "text"], ...]}`.
    pub fn json(&self, page: &Page) -> Vec<u8> {
        let mut json = Vec::new();
        self.write(page, &mut json);
        json
    }

    fn write(&self, page: &Page, json: &mut Vec<u8>) {
        let Page { from, to, .. } = page;
        json.extend_from_slice(format!("{},\"from\":{from},\"to\":{to},\"records\":[", self.head).as_bytes());
        for (at, record) in page.records().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            json.extend_from_slice(format!("{comma}[{},{},\"", record.ms, record.stream as u8).as_bytes());
            escape(record.bytes, json);
            json.extend_from_slice(b"\"]");
        }
        json.extend_from_slice(b"]}");
    }
}

/// Appends bytes as the inside of a JSON string. What is not UTF-8 becomes U+FFFD.
fn escape(bytes: &[u8], json: &mut Vec<u8>) {
    for piece in bytes.utf8_chunks() {
        escape_text(piece.valid().as_bytes(), json);
        if !piece.invalid().is_empty() {
            json.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}

fn escape_text(text: &[u8], json: &mut Vec<u8>) {
    let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    let mut rest = text;
    while let Some(at) = rest.iter().position(special) {
        json.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'\n' => json.extend_from_slice(b"\\n"),
            b'\r' => json.extend_from_slice(b"\\r"),
            b'\t' => json.extend_from_slice(b"\\t"),
            byte @ (b'"' | b'\\') => json.extend_from_slice(&[b'\\', byte]),
            byte => json.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = &rest[at + 1..];
    }
    json.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_become_the_json_of_their_lossy_text(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut json = vec![b'"'];
            escape(&bytes, &mut json);
            json.push(b'"');
            let text: String = serde_json::from_slice(&json).unwrap();
            prop_assert_eq!(text, String::from_utf8_lossy(&bytes));
        }
    }
}
