//! The markup that the server sends.

use leptos::prelude::*;

use super::{Captured, PlanComparison, PlanTree};
use crate::plan::{Plan, parse};

fn plan(name: &str) -> Plan {
    let path = format!("{}/tests/plans/{name}.json", env!("CARGO_MANIFEST_DIR"));
    parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn tree(name: &str, expected: &[&str]) -> String {
    let expected = expected.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let plan = plan(name);
    Owner::new().with(|| view! { <PlanTree plan expected raw=Some("[{}]".to_owned()) /> }.to_html())
}

#[test]
fn every_node_has_a_row_and_no_style_of_its_own() {
    let html = tree("pg18/initplan-12", &[]);
    assert_eq!(html.matches("role=\"rowheader\"").count(), plan("pg18/initplan-12").nodes.len());
    assert!(!html.contains("style="), "inline styles are forbidden by the Content-Security-Policy");
    assert!(html.contains("InitPlan 12"));
}

#[test]
fn the_expected_index_and_the_worst_node_are_marked_in_words() {
    let html = tree("pg15/01-plain", &["idx_tasks_status_created_at"]);
    assert!(html.contains("expected index"), "{html}");
    assert!(html.contains("most of the time"), "{html}");
    assert!(html.contains("Index Scan Backward"), "{html}");
    let html = tree("pg15/01-plain", &["another", "idx_tasks_status_created_at"]);
    assert!(html.contains("allowed index") && !html.contains("expected index"), "{html}");
}

#[test]
fn rows_are_a_tree_with_one_stop_for_the_tab_key() {
    let html = tree("pg15/02-bitmap", &[]);
    assert!(html.contains("role=\"treegrid\""), "{html}");
    let levels: Vec<&str> = html.split("aria-level=\"").skip(1).map(|rest| &rest[..1]).collect();
    assert_eq!(levels, ["1", "2", "3", "2"]);
    assert_eq!(html.matches("tabindex=\"-1\"").count(), 3);
}

#[test]
fn work_on_disk_and_rows_thrown_away_are_marked_in_words() {
    assert!(tree("pg18/17-spill", &[]).contains("sorts on disk"));
    assert!(tree("pg15/hash-spill", &[]).contains("hashes on disk, 32 batches"));
}

#[test]
fn what_was_never_executed_says_so_and_has_no_time() {
    let html = tree("pg18/never", &[]);
    assert_eq!(html.matches("never executed").count(), 5);
}

#[test]
fn text_of_a_plan_cannot_become_markup() {
    let plan = parse(r#"{"Node Type": "<img src=x>", "Filter": "a < '<script>'"}"#).unwrap();
    let html = Owner::new().with(|| view! { <PlanTree plan expected=vec![] /> }.to_html());
    assert!(!html.contains("<img") && !html.contains("<script>"), "{html}");
}

#[test]
fn two_plans_stand_side_by_side() {
    let captured = |name: &str| Captured { plan: plan(name), ms: None, raw: Some("[{}]".to_owned()) };
    let (before, after) = (captured("pg18/17-spill"), captured("pg15/01-plain"));
    let html = Owner::new().with(|| view! { <PlanComparison before after expected=vec![] /> }.to_html());
    assert!(html.contains("× faster"), "{html}");
    assert!(html.contains("not in the plan before") || html.contains("not in the plan after"), "{html}");
    assert!(html.contains("Plan before, as JSON") && html.contains("Plan after, as text"), "{html}");
    assert!(!html.contains("style="), "{html}");
}
