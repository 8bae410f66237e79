//! Whatever is given for a plan: it is refused, or everything that is done with plans can be done with it.

#![no_main]

use kneeboard_fuzz::plan::judge::{Evidence, judge};
use kneeboard_fuzz::plan::{Plan, compare, fields, json, marks, parse, text, times, worst};
use kneeboard_fuzz::runbook::PlanExpect;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// Two texts are two plans to compare.
const BORDER: &str = "\n---\n";

static KNOWN: LazyLock<Plan> =
    LazyLock::new(|| parse(include_str!("../../tests/plans/pg15/04-parallel.json")).expect("a real plan"));

fuzz_target!(|given: &[u8]| {
    let Ok(given) = std::str::from_utf8(given) else { return };
    let (first, second) = given.split_once(BORDER).unwrap_or((given, ""));
    let Ok(plan) = parse(first) else { return };
    look_at(&plan);
    let other = parse(second).ok();
    let other = other.as_ref().unwrap_or(&KNOWN);
    for (before, after) in [(&plan, other), (other, &plan)] {
        let rows = compare::compare(before, after).rows;
        assert_eq!(rows.iter().filter(|row| row.before.is_some()).count(), before.nodes.len());
        assert_eq!(rows.iter().filter(|row| row.after.is_some()).count(), after.nodes.len());
    }
});

fn look_at(plan: &Plan) {
    text::render(plan);
    worst::worst(plan);
    let nodes = json::nodes(plan).nodes;
    assert_eq!(nodes.len(), plan.nodes.len());
    for (id, node) in plan.nodes.iter().enumerate() {
        assert!(node.id == id && node.parent.is_none_or(|parent| parent < id));
        fields::of_node(node);
        marks::marks(node);
    }
    let times = times::times(plan);
    for time in times.iter().flatten() {
        assert!(time.exclusive_ms >= 0.0, "{time:?}");
    }
    for share in times::shares(&times).into_iter().flatten() {
        assert!((0.0..=1.0 + 1e-9).contains(&share) || share.is_nan(), "{share}");
    }
    let expected = PlanExpect { indexes: vec!["idx".into()], no_sort: true, ..PlanExpect::default() };
    judge(&expected, &Evidence::of(plan));
}
