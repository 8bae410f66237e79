//! What binds a signature: no change passes unseen, and no difference is seen where there is none.

use super::{Intent, Line, Part};
use proptest::prelude::*;

fn intents() -> impl Strategy<Value = Intent> {
    let line = (0..Part::ALL.len(), "[a-c]{1,2}", "[xy\n]{0,6}")
        .prop_map(|(part, name, value)| Line::new(Part::ALL[part], name, value));
    prop::collection::vec(line, 0..12).prop_map(Intent::new)
}

proptest! {
    #[test]
    fn the_hash_is_the_same_exactly_where_nothing_differs(a in intents(), b in intents()) {
        prop_assert_eq!(a.differences(&b).is_empty(), a.canonical() == b.canonical());
        prop_assert_eq!(a.differences(&b).is_empty(), a.sha256() == b.sha256());
    }

    #[test]
    fn the_order_of_its_lines_means_nothing(a in intents()) {
        let turned = Intent { lines: a.lines.iter().rev().cloned().collect() };
        prop_assert_eq!(a.differences(&turned), []);
        prop_assert_eq!(a.sha256(), turned.sha256());
    }

    #[test]
    fn what_differs_one_way_differs_the_other_way(a in intents(), b in intents()) {
        let back: Vec<_> = b.differences(&a).into_iter().map(|one| (one.part, one.name, one.after, one.before)).collect();
        let there: Vec<_> = a.differences(&b).into_iter().map(|one| (one.part, one.name, one.before, one.after)).collect();
        prop_assert_eq!(there, back);
    }

    #[test]
    fn every_changed_line_is_named_and_no_other(a in intents(), at in any::<prop::sample::Index>()) {
        prop_assume!(!a.lines.is_empty());
        let at = at.index(a.lines.len());
        let mut changed = a.clone();
        changed.lines[at].value.push('!');
        let differences = a.differences(&changed);
        prop_assert_eq!(differences.len(), 1);
        prop_assert_eq!((differences[0].part, &differences[0].name), (a.lines[at].part, &a.lines[at].name));
    }
}

#[test]
fn of_a_long_text_the_lines_are_shown_that_differ() {
    let sql = |second: &str| Intent::new([Line::new(Part::Sql, "up", format!("BEGIN\n{second}\nCOMMIT"))]);
    let [difference] = &sql("CREATE INDEX a").differences(&sql("DROP TABLE a"))[..] else { panic!("one") };
    assert_eq!(difference.before.as_deref(), Some("CREATE INDEX a"));
    assert_eq!(difference.after.as_deref(), Some("DROP TABLE a"));
    assert_eq!(difference.sentence(), "SQL up was \"CREATE INDEX a\" and is \"DROP TABLE a\"");
}

#[test]
fn a_text_that_only_grew_shows_what_came_to_it() {
    let sql = |text: &str| Intent::new([Line::new(Part::Sql, "up", text)]);
    let [difference] = &sql("a\na").differences(&sql("a\na\na"))[..] else { panic!("one") };
    assert_eq!((difference.before.as_deref(), difference.after.as_deref()), (Some(""), Some("a")));
}
