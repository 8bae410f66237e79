//! Masking of secrets in a stream of bytes, wherever the stream is cut. Pure: knows no files and no processes.

use memchr::memmem::Finder;

/// What stands in the log for a secret.
pub const MASK: &str = "••••••";

/// Replaces secrets in a stream.
///
/// The bytes that any occurrence of any secret covers are never passed on; occurrences that overlap give one
/// [`MASK`]. The result is the same wherever the stream was cut: a tail that may be the beginning of a secret is
/// held until the next bytes, or the end, tell.
pub struct Masker {
    finders: Vec<Finder<'static>>,
    held: Vec<u8>,
    /// How many bytes at the start of `held` a mask that was already passed on covers.
    covered: usize,
}

impl Masker {
    /// A masker for these secrets; empty ones are ignored.
    pub fn new(secrets: &[String]) -> Self {
        let finders = secrets
            .iter()
            .filter(|s| !s.is_empty())
            .map(|s| Finder::new(s.as_bytes()).into_owned())
            .collect();
        Self { finders, held: Vec::new(), covered: 0 }
    }

    /// Takes the next bytes of the stream and appends to `out` all that is safe to show.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.finders.is_empty() {
            return out.extend_from_slice(bytes);
        }
        self.held.extend_from_slice(bytes);
        let keep = self.beginning_of_a_secret();
        self.release(self.held.len() - keep, out);
    }

    /// The stream has ended: what was held can no longer become a longer secret.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.release(self.held.len(), out);
    }

    /// Length of the longest tail that is a proper prefix of some secret.
    fn beginning_of_a_secret(&self) -> usize {
        let longest = |needle: &[u8]| {
            let most = self.held.len().min(needle.len() - 1);
            (1..=most).rev().find(|&n| self.held.ends_with(&needle[..n])).unwrap_or(0)
        };
        self.finders.iter().map(|finder| longest(finder.needle())).max().unwrap_or(0)
    }

    /// Passes on the first `upto` bytes, masked, and keeps the rest.
    fn release(&mut self, upto: usize, out: &mut Vec<u8>) {
        let mut at = self.covered;
        for (start, end) in self.occurrences(upto) {
            if start >= at {
                out.extend_from_slice(&self.held[at..start]);
                out.extend_from_slice(MASK.as_bytes());
            }
            at = at.max(end);
        }
        if at < upto {
            out.extend_from_slice(&self.held[at..upto]);
        }
        self.held.drain(..upto);
        self.covered = at.saturating_sub(upto);
    }

    /// Where secrets stand that begin before `upto`, in order of their start.
    fn occurrences(&self, upto: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for finder in &self.finders {
            let mut from = 0;
            while let Some(at) = finder.find(&self.held[from..]).map(|at| at + from).filter(|&at| at < upto) {
                found.push((at, at + finder.needle().len()));
                from = at + 1;
            }
        }
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(secrets: &[String], pieces: &[&[u8]]) -> Vec<u8> {
        let (mut masker, mut out) = (Masker::new(secrets), Vec::new());
        pieces.iter().for_each(|piece| masker.push(piece, &mut out));
        masker.finish(&mut out);
        out
    }

    /// The same rule over the whole text at once, byte by byte.
    fn plainly(secrets: &[String], text: &[u8]) -> Vec<u8> {
        let (mut out, mut covered_to) = (Vec::new(), 0);
        for at in 0..text.len() {
            let hits = secrets.iter().filter(|s| !s.is_empty() && text[at..].starts_with(s.as_bytes()));
            if let Some(longest) = hits.map(String::len).max() {
                if at >= covered_to {
                    out.extend_from_slice(MASK.as_bytes());
                }
                covered_to = covered_to.max(at + longest);
            }
            if at >= covered_to {
                out.push(text[at]);
            }
        }
        out
    }

    #[test]
    fn a_secret_cut_in_two_is_masked() {
        let secrets = ["hunter2".to_owned()];
        assert_eq!(masked(&secrets, &[b"password is hun", b"ter2!\n"]), "password is ••••••!\n".as_bytes());
    }

    #[test]
    fn a_tail_that_only_looks_like_a_secret_comes_out_in_the_end() {
        assert_eq!(masked(&["hunter2".to_owned()], &[b"a good hunt"]), b"a good hunt");
    }

    #[test]
    fn overlapping_secrets_leave_no_byte_of_either() {
        let secrets = ["abc".to_owned(), "bcd".to_owned()];
        assert_eq!(masked(&secrets, &[b"xab", b"cdx"]), "x••••••x".as_bytes());
    }

    proptest! {
        #[test]
        fn the_result_does_not_depend_on_where_the_stream_is_cut(
            secrets in prop::collection::vec("[ab]{0,4}", 0..4),
            pieces in prop::collection::vec("[abc\n]{0,6}", 0..12),
        ) {
            let bytes: Vec<&[u8]> = pieces.iter().map(|p| p.as_bytes()).collect();
            prop_assert_eq!(masked(&secrets, &bytes), plainly(&secrets, pieces.concat().as_bytes()));
        }
    }
}
