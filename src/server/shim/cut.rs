//! Where a record of output ends. Pure: looks at bytes only.

use memchr::memrchr;

use super::format::{MAX_RECORD, incomplete_tail};

/// How many of the bytes read so far make up the next record; 0 means wait for more.
///
/// A record ends at a newline as long as the writer keeps writing. After a pause (`quiet`), or when a line has
/// grown beyond [`MAX_RECORD`], it ends where the bytes end, but never inside a UTF-8 character.
pub fn record_end(bytes: &[u8], quiet: bool) -> usize {
    let window = &bytes[..bytes.len().min(MAX_RECORD)];
    match memrchr(b'\n', window) {
        Some(at) if !quiet || at + 1 == window.len() || window.len() < bytes.len() => at + 1,
        _ if quiet || window.len() == MAX_RECORD => window.len() - incomplete_tail(window),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_busy_writer_gets_whole_lines() {
        assert_eq!(record_end(b"one\ntwo\nthr", false), 8);
        assert_eq!(record_end(b"thr", false), 0);
    }

    #[test]
    fn a_pausing_writer_gets_all_it_wrote() {
        assert_eq!(record_end(b"one\nname: ", true), 10);
        assert_eq!(record_end("für".as_bytes()[..2].as_ref(), true), 1);
    }

    #[test]
    fn a_line_without_an_end_is_cut_at_a_character() {
        let line = "€".repeat(MAX_RECORD);
        let end = record_end(line.as_bytes(), false);
        assert!(end <= MAX_RECORD && line.is_char_boundary(end));
    }

    #[test]
    fn stray_continuation_bytes_are_not_waited_for() {
        assert_eq!(incomplete_tail(&[0x80, 0x80, 0x80, 0x80]), 0);
        assert_eq!(incomplete_tail(b"a\xFF"), 0);
    }

    proptest! {
        #[test]
        fn a_cut_never_splits_a_character(text in ".{0,12}", upto in 0usize..40) {
            let bytes = &text.as_bytes()[..upto.min(text.len())];
            let cut = bytes.len() - incomplete_tail(bytes);
            prop_assert!(text.is_char_boundary(cut));
            prop_assert!(bytes.len() - cut <= 3);
        }
    }
}
