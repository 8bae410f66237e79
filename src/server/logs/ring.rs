//! The chunks of one log that were encoded lately, shared by all its viewers.

use std::collections::{BTreeMap, VecDeque};

use super::encode::Chunk;

/// How much one log may hold, in encoded bytes: some seconds of a busy step.
const MOST: usize = 4 * 1024 * 1024;

/// A chunk as long as this is not made longer.
const LONG_ENOUGH: u64 = 32 * 1024;

/// Chunks by where they begin, the oldest made the first to go.
#[derive(Default)]
pub struct Ring {
    chunks: BTreeMap<u64, Chunk>,
    order: VecDeque<u64>,
    bytes: usize,
}

impl Ring {
    /// The chunk that begins at an offset of a log that is `length` long. A short one is not given when there is more
    /// to send by now: viewers who lag would pay for each.
    pub fn get(&self, from: u64, length: u64) -> Option<Chunk> {
        self.chunks.get(&from).filter(|chunk| chunk.to == length || chunk.to - from >= LONG_ENOUGH).cloned()
    }

    /// Where a chunk that begins at an offset had best end, so that the one after it is one that others have too.
    pub fn meeting_point(&self, from: u64) -> Option<u64> {
        let (_, before) = self.chunks.range(..from).next_back()?;
        (before.to > from).then_some(before.to)
    }

    /// Keeps a chunk.
    pub fn put(&mut self, chunk: Chunk) {
        let from = chunk.from;
        self.bytes += chunk.data.len();
        match self.chunks.insert(from, chunk) {
            Some(old) => self.bytes -= old.data.len(),
            None => self.order.push_back(from),
        }
        while self.bytes > MOST {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= self.chunks.remove(&oldest).map_or(0, |chunk| chunk.data.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(from: u64, to: u64) -> Chunk {
        Chunk { from, to, data: vec![0; (to - from) as usize].into() }
    }

    #[test]
    fn a_late_viewer_meets_the_others_where_their_chunk_ends() {
        let mut ring = Ring::default();
        ring.put(chunk(0, 100));
        assert_eq!(ring.meeting_point(40), Some(100));
        assert_eq!(ring.meeting_point(100), None);
        assert_eq!(ring.meeting_point(0), None);
    }

    #[test]
    fn a_short_chunk_serves_only_at_the_tail() {
        let mut ring = Ring::default();
        ring.put(chunk(0, 100));
        assert!(ring.get(0, 100).is_some());
        assert!(ring.get(0, 5000).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let mut ring = Ring::default();
        let step = 1024 * 1024;
        (0..100).for_each(|n| ring.put(chunk(n * step, (n + 1) * step)));
        assert_eq!(ring.chunks.len(), MOST / step as usize);
        assert_eq!(ring.order.len(), ring.chunks.len());
        assert!(ring.get(99 * step, 100 * step).is_some());
    }
}
