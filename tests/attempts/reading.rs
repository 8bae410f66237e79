//! Reading logs that no shim wrote: every way to cut them, and what a crash leaves.

use kneeboard::server::logs::LogReader;
use kneeboard::server::shim::files;
use kneeboard::server::shim::format::{Entry, Stream};
use proptest::prelude::*;
use tempfile::TempDir;

/// A log with one record for each piece; every second one is of standard error.
fn log(pieces: &[&str]) -> (TempDir, LogReader) {
    let dir = tempfile::tempdir().unwrap();
    let (mut end, mut index) = (0, Vec::new());
    for (at, piece) in pieces.iter().enumerate() {
        end += piece.len() as u64;
        let stream = if at % 2 == 0 { Stream::Out } else { Stream::Err };
        index.extend(Entry { end, ms: 1_000 + at as i64, stream }.encode());
    }
    std::fs::write(dir.path().join(files::OUT), pieces.concat()).unwrap();
    std::fs::write(dir.path().join(files::INDEX), index).unwrap();
    let reader = LogReader::open(dir.path()).unwrap();
    (dir, reader)
}

fn append(dir: &TempDir, name: &str, bytes: &[u8]) {
    let path = dir.path().join(name);
    let all = [std::fs::read(&path).unwrap(), bytes.to_vec()].concat();
    std::fs::write(path, all).unwrap();
}

fn all_records(reader: &LogReader, length: u64) -> Vec<(i64, Stream, String)> {
    let page = reader.page(0, length, 1 << 20).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    page.records().map(|record| (record.ms, record.stream, text(record.bytes))).collect()
}

#[test]
fn records_keep_their_time_and_their_stream() {
    let (_dir, reader) = log(&["one\n", "two\n"]);
    assert_eq!(reader.committed().unwrap(), 8);
    let expected = [(1000, Stream::Out, "one\n".into()), (1001, Stream::Err, "two\n".into())];
    assert_eq!(all_records(&reader, 8), expected);
}

#[test]
fn bytes_without_an_entry_are_unseen_while_the_shim_lives_and_kept_when_it_is_gone() {
    let (dir, reader) = log(&["one\n", "two\n"]);
    append(&dir, files::OUT, b"three\n");
    assert_eq!(reader.committed().unwrap(), 8);
    assert_eq!(reader.whole().unwrap(), 14);
    assert_eq!(all_records(&reader, 14)[2], (1001, Stream::Out, "three\n".into()));
}

#[test]
fn an_entry_that_is_not_whole_is_not_there() {
    let (dir, reader) = log(&["one\n"]);
    append(&dir, files::OUT, b"two\n");
    append(&dir, files::INDEX, &Entry { end: 8, ms: 2000, stream: Stream::Err }.encode()[..9]);
    assert_eq!((reader.committed().unwrap(), reader.whole().unwrap()), (4, 8));
    assert_eq!(all_records(&reader, 8), [(1000, Stream::Out, "one\ntwo\n".into())]);
}

#[test]
fn an_index_ahead_of_the_log_or_filled_with_zeros_by_a_power_cut_does_no_harm() {
    let (dir, reader) = log(&["one\n"]);
    append(&dir, files::INDEX, &Entry { end: 99, ms: 2000, stream: Stream::Err }.encode());
    assert_eq!((reader.committed().unwrap(), reader.whole().unwrap()), (4, 4));
    append(&dir, files::OUT, b"tw");
    assert_eq!(all_records(&reader, 6)[1], (2000, Stream::Err, "tw".into()));
    append(&dir, files::INDEX, &[0; 64]);
    assert_eq!(all_records(&reader, 6).iter().map(|record| record.2.as_str()).collect::<String>(), "one\ntw");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_of_any_size_join_to_the_whole_and_split_no_character(
        pieces in prop::collection::vec("[a€\n]{1,12}", 0..20),
        max in 4usize..40,
    ) {
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let (_dir, reader) = log(&pieces);
        let length = reader.committed().unwrap();
        let (mut at, mut text) = (0, String::new());
        while at < length {
            let page = reader.page(at, length, max).unwrap();
            prop_assert!(page.to > at && page.bytes().len() <= max);
            let joined: Vec<u8> = page.records().flat_map(|record| record.bytes.to_vec()).collect();
            prop_assert_eq!(&joined, page.bytes());
            text.push_str(std::str::from_utf8(&joined).unwrap());
            at = page.to;
        }
        prop_assert_eq!(text, pieces.concat());
    }

    #[test]
    fn going_back_gives_whole_lines(
        text in "[a\n]{0,60}", lines in 1usize..8, before in 0usize..60,
    ) {
        let (_dir, reader) = log(&[&text]);
        let before = before.min(text.len());
        let start = reader.back(before as u64, lines, 1000).unwrap() as usize;
        let all: Vec<&str> = text[..before].split_inclusive('\n').collect();
        let expected = all[all.len().saturating_sub(lines)..].concat();
        prop_assert_eq!(&text[start..before], expected);
    }

    #[test]
    fn the_line_that_an_offset_lies_in_is_found(text in "[a\n]{0,60}", at in 0usize..60) {
        let (_dir, reader) = log(&[&text]);
        let at = at.min(text.len());
        let expected = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        prop_assert_eq!(reader.line_start(at as u64).unwrap(), expected as u64);
    }

    #[test]
    fn going_back_is_bounded_and_splits_no_character(text in "[€\n]{0,40}", most in 4u64..30) {
        let (_dir, reader) = log(&[&text]);
        let start = reader.back(text.len() as u64, 5, most).unwrap();
        prop_assert!(text.len() as u64 - start <= most && text.is_char_boundary(start as usize));
    }
}
