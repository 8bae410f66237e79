//! What an operator sees of a log, whatever way it was cut on its way.

use proptest::prelude::*;

use super::*;
use crate::text::utf8;

fn chunk(from: u64, bytes: &[u8], stream: Stream) -> (Chunk, u64) {
    let (text, used) = utf8::decode(bytes);
    let to = from + used as u64;
    (Chunk { from, to, records: vec![Record(7, stream, text)] }, to)
}

fn view(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Lines::default();
    let (whole, _) = chunk(0, bytes, Stream::Out);
    let Fed::Lines(mut shown) = lines.feed(&whole) else { panic!("a chunk from 0 leaves no gap") };
    shown.extend(lines.finish());
    shown
}

fn texts(bytes: &[u8]) -> Vec<String> {
    view(bytes).iter().map(Line::text).collect()
}

#[test]
fn only_what_the_last_return_leaves_is_shown() {
    assert_eq!(texts(b"10 %\r50 %\r100 %\ndone\n"), ["100 %", "done"]);
    assert_eq!(texts(b"downloading\rok\n"), ["okwnloading"]);
    assert_eq!(texts(b"downloading\r\x1b[Kok\n"), ["ok"]);
    assert_eq!(texts(b"downloading\x1b[2K\x1b[1Gok\n"), ["ok"]);
    assert_eq!(texts(b"abc\x08\x08X\n"), ["aXc"]);
}

#[test]
fn a_return_before_a_newline_is_part_of_it() {
    assert_eq!(texts(b"one\r\ntwo\r\n\r\n"), ["one", "two", ""]);
}

#[test]
fn a_colour_lasts_over_the_end_of_its_line() {
    let lines = view(b"\x1b[31mred\nstill\x1b[0m plain\n");
    assert_eq!(lines[0].spans, [Span { class: "fg-1".into(), text: "red".into() }]);
    let second: Vec<_> = lines[1].spans.iter().map(|s| (s.class.as_str(), s.text.as_str())).collect();
    assert_eq!(second, [("fg-1", "still"), ("", " plain")]);
}

#[test]
fn offsets_are_those_of_the_bytes() {
    let lines = view("a\n\u{20ac}b\nc".as_bytes());
    let offsets: Vec<_> = lines.iter().map(|l| (l.from, l.to)).collect();
    assert_eq!(offsets, [(0, 2), (2, 7), (7, 8)]);
    let lines = view(b"\xff\xfe\nok\n");
    assert_eq!((lines[0].to, lines[1].from, lines[1].to), (3, 3, 6));
}

#[test]
fn a_long_line_is_cut_and_says_how_long_it_is() {
    let lines = view(&[&vec![b'x'; 3_100_000][..], b"\nnext\n"].concat());
    assert_eq!(lines[0].text().len(), SHOWN_BYTES);
    assert_eq!(lines[0].cut, Some(3_100_000));
    assert_eq!(lines[0].marker().as_deref(), Some("… the line is 3.1 MB long; the download has all of it"));
    assert_eq!(lines[1].text(), "next");
    assert_eq!(view(&[b'x'; SHOWN_BYTES])[0].cut, None);
}

#[test]
fn the_streams_do_not_mix_within_a_line() {
    let mut lines = Lines::default();
    let records = vec![
        Record(1, Stream::Out, "half ".into()),
        Record(2, Stream::Err, "warning\n".into()),
        Record(3, Stream::Out, "a line\n".into()),
    ];
    let Fed::Lines(shown) = lines.feed(&Chunk { from: 0, to: 20, records }) else { panic!() };
    let shown: Vec<_> = shown.iter().map(|l| (l.at, l.stream, l.text())).collect();
    assert_eq!(shown, [(2, Stream::Err, "warning".into()), (1, Stream::Out, "half a line".into())]);
}

#[test]
fn what_was_seen_is_not_shown_twice_and_a_gap_is_told() {
    let mut lines = Lines::default();
    let (first, to) = chunk(0, b"one\ntwo\nth", Stream::Out);
    assert!(matches!(lines.feed(&first), Fed::Lines(l) if l.len() == 2));
    assert_eq!(lines.feed(&first), Fed::Lines(vec![]));
    let (over, _) = chunk(4, b"two\nthree\n", Stream::Out);
    assert!(matches!(lines.feed(&over), Fed::Lines(l) if l.len() == 1 && l[0].text() == "three"));
    let (late, _) = chunk(to + 100, b"late\n", Stream::Out);
    assert_eq!(lines.feed(&late), Fed::Gap);
    assert_eq!(lines.next(), 14);
}

#[test]
fn a_chunk_has_the_wire_form_of_the_stream() {
    let chunk: Chunk = serde_json::from_str(r#"{"from":0,"to":3,"records":[[5,2,"abc"]]}"#).unwrap();
    assert_eq!(chunk.records, [Record(5, Stream::Err, "abc".into())]);
    assert!(serde_json::from_str::<Record>(r#"[5,3,"abc"]"#).is_err());
}

fn output() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&'static [u8]; 14] = [
        b"\n",
        b"\r",
        b"\r\n",
        b"\x1b[31m",
        b"\x1b[K",
        b"\x1b]0;t\x07",
        b"\x1b",
        b"[",
        b"m",
        b"abc",
        "\u{20ac}\u{1f600}".as_bytes(),
        b"\xff",
        b"\xe2\x82",
        b"\x08",
    ];
    prop::collection::vec(
        prop_oneof![
            prop::sample::select(pieces.to_vec()).prop_map(<[u8]>::to_vec),
            prop::collection::vec(any::<u8>(), 0..6)
        ],
        0..40,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_cut_of_the_stream_gives_the_same_lines(bytes in output(), cuts in prop::collection::vec(0usize..200, 0..12)) {
        let mut cuts: Vec<_> = cuts.into_iter().filter(|cut| *cut < bytes.len()).collect();
        cuts.push(bytes.len());
        cuts.sort_unstable();
        let mut lines = Lines::default();
        let mut shown = Vec::new();
        for cut in cuts {
            // As after a lost connection: asked again from the first byte not seen.
            let seen = usize::try_from(lines.next()).unwrap();
            if cut <= seen {
                continue;
            }
            let (piece, _) = chunk(seen as u64, &bytes[seen..cut], Stream::Out);
            let Fed::Lines(new) = lines.feed(&piece) else { panic!("no gap was made") };
            shown.extend(new);
        }
        shown.extend(lines.finish());
        let shape = |lines: &[Line]| -> Vec<_> { lines.iter().map(|l| (l.spans.clone(), l.cut)).collect() };
        prop_assert_eq!(shape(&shown), shape(&view(&bytes)));
    }

    #[test]
    fn lines_follow_each_other_without_a_hole(text in "(\\PC|\n|\r|\u{fffd}){0,60}") {
        let lines = view(text.as_bytes());
        let mut at = 0;
        for line in &lines {
            prop_assert_eq!(line.from, at);
            at = line.to;
        }
        prop_assert_eq!(at, text.len() as u64);
    }

    #[test]
    fn no_record_makes_it_panic(from in any::<u64>(), to in any::<u64>(), text in any::<String>(), next in any::<u64>()) {
        let mut lines = Lines::starting_at(next);
        lines.feed(&Chunk { from, to, records: vec![Record(0, Stream::Out, text)] });
        lines.finish();
    }
}
