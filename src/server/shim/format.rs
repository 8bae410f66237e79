//! What writer and readers of a log agree on: the fixed 16-byte entry that `out.idx` is made of, and that no record
//! ends inside a character. Files and offsets live in `writer` and `logs`.

/// Size of an entry in bytes.
pub const ENTRY: usize = 16;

/// Longest piece of output that one entry covers, in bytes.
pub const MAX_RECORD: usize = 256 * 1024;

/// Which of the child's outputs a record came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stream {
    /// Standard output.
    Out = 1,
    /// Standard error, and what the shim itself has to say.
    Err = 2,
}

/// One append to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Offset in `out` behind the append's last byte.
    pub end: u64,
    /// When it was read, UTC, milliseconds since 1970.
    pub ms: i64,
    /// Where it was read.
    pub stream: Stream,
}

impl Entry {
    /// Two little-endian 64-bit numbers: the end, and the time with the stream in its lowest byte.
    pub fn encode(self) -> [u8; ENTRY] {
        let stamp = ((self.ms.max(0) as u64) << 8) | self.stream as u64;
        let mut bytes = [0; ENTRY];
        bytes[..8].copy_from_slice(&self.end.to_le_bytes());
        bytes[8..].copy_from_slice(&stamp.to_le_bytes());
        bytes
    }

    /// The reverse of [`Entry::encode`]. A stream that is not known reads as standard output: bytes are never dropped.
    pub fn decode(bytes: [u8; ENTRY]) -> Self {
        let word = u128::from_le_bytes(bytes);
        let (end, stamp) = (word as u64, (word >> 64) as u64);
        let stream = if stamp as u8 == Stream::Err as u8 { Stream::Err } else { Stream::Out };
        Self { end, ms: (stamp >> 8) as i64, stream }
    }
}

/// Length (0 to 3) of a character at the end that has begun but is not complete.
pub fn incomplete_tail(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let needs = match bytes[bytes.len() - back] {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return 0,
        };
        return if needs > back { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_the_disk() {
        let entry = Entry { end: 1 << 40, ms: 1_790_000_000_123, stream: Stream::Err };
        assert_eq!(Entry::decode(entry.encode()), entry);
        assert_eq!(&entry.encode()[..8], &(1u64 << 40).to_le_bytes());
    }
}
