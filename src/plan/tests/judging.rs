//! What is expected of a plan, and what is said of it.

use super::plan;
use crate::plan::judge::{Evidence, Judgement, judge};
use crate::plan::{Plan, parse};
use crate::runbook::PlanExpect;
use crate::verdict::Verdict;

fn one_of(indexes: &[&str]) -> PlanExpect {
    PlanExpect { indexes: indexes.iter().map(|name| (*name).to_owned()).collect(), ..PlanExpect::default() }
}

fn said(expectation: &PlanExpect, plan: &Plan) -> (Verdict, String) {
    let Judgement { verdict, reason } = judge(expectation, &Evidence::of(plan));
    (verdict, reason)
}

fn seq_scan(rows: f64, removed: f64, above: &str) -> Plan {
    let scan = format!(
        r#"{{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "tasks", "Alias": "tasks",
            "Actual Total Time": 69, "Actual Rows": {rows}, "Actual Loops": 1, "Rows Removed by Filter": {removed}}}"#
    );
    parse(&above.replace("SCAN", &scan)).unwrap()
}

#[test]
fn the_expected_index_passes_in_either_direction() {
    let verdict = said(&one_of(&["idx_tasks_status_created_at"]), &plan("pg15/01-plain"));
    assert_eq!(verdict, (Verdict::Pass, "idx_tasks_status_created_at, scanned backward.".into()));
}

#[test]
fn a_bitmap_of_a_sibling_passes_and_says_so() {
    let expected = one_of(&["idx_media_items_task_id", "idx_media_items_task_id_media_type"]);
    let reason = "idx_media_items_task_id_media_type, by a bitmap, a sibling that costs less than \
                  idx_media_items_task_id.";
    assert_eq!(said(&expected, &plan("pg15/02-bitmap")), (Verdict::Pass, reason.into()));
}

#[test]
fn an_index_only_scan_passes() {
    let verdict = said(&one_of(&["idx_tasks_created_at"]), &plan("pg18/18-plain"));
    assert_eq!(verdict, (Verdict::Pass, "idx_tasks_created_at, without reading the table.".into()));
}

#[test]
fn an_index_that_nobody_named_is_for_a_person_to_judge() {
    let verdict = said(&one_of(&["idx_tasks_created_at"]), &plan("pg15/01-plain"));
    let reason = "idx_tasks_status_created_at, scanned backward is used and not idx_tasks_created_at.";
    assert_eq!(verdict, (Verdict::Inconclusive, reason.into()));
}

#[test]
fn a_seq_scan_of_a_small_table_is_right() {
    let verdict = said(&one_of(&["idx_personas_is_preset"]), &plan("pg15/19-plain"));
    let reason = "Seq Scan is right: it reads 50 rows of personas, too few for an index to be worth it.";
    assert_eq!(verdict, (Verdict::Pass, reason.into()));
}

#[test]
fn a_seq_scan_for_most_of_the_rows_is_right() {
    let verdict = said(&one_of(&["idx_tasks_task_type_status"]), &seq_scan(80_000.0, 20_000.0, "SCAN"));
    let reason = "Seq Scan is right: it reads 100,000 rows of tasks and 80 % of them are wanted.";
    assert_eq!(verdict, (Verdict::Pass, reason.into()));
}

#[test]
fn a_seq_scan_for_a_few_rows_of_many_fails() {
    let expected = one_of(&["idx_tasks_status_created_at"]);
    let verdict = said(&expected, &seq_scan(502.0, 99_498.0, "SCAN"));
    let reason = "Seq Scan: it reads 100,000 rows of tasks for the 502 that are wanted; \
                  idx_tasks_status_created_at is not used.";
    assert_eq!(verdict, (Verdict::Fail, reason.into()));
}

#[test]
fn rows_that_a_limit_drops_after_a_sort_were_not_wanted() {
    let sorted = r#"{"Node Type": "Limit", "Actual Rows": 50, "Actual Loops": 1, "Plans": [{"Node Type": "Sort",
        "Parent Relationship": "Outer", "Actual Rows": 50, "Actual Loops": 1, "Plans": [SCAN]}]}"#;
    let (verdict, reason) = said(&one_of(&["idx_tasks_created_at"]), &seq_scan(100_000.0, 0.0, sorted));
    assert_eq!(verdict, Verdict::Fail, "{reason}");
    let no_sort = PlanExpect { no_sort: true, ..PlanExpect::default() };
    let verdict = said(&no_sort, &seq_scan(100_000.0, 0.0, sorted));
    assert_eq!(verdict, (Verdict::Fail, "Sort of 50 rows where the order was to come from an index.".into()));
}

#[test]
fn a_plan_over_no_rows_proves_nothing_even_where_count_says_one() {
    let nothing = (Verdict::Inconclusive, "0 rows, so nothing is proven: check the parameters.".into());
    assert_eq!(said(&one_of(&["idx"]), &seq_scan(0.0, 100_000.0, "SCAN")), nothing);
    let counted = r#"{"Node Type": "Aggregate", "Strategy": "Plain", "Actual Rows": 1, "Actual Loops": 1, "Plans": [SCAN]}"#;
    assert_eq!(said(&one_of(&["idx"]), &seq_scan(0.0, 100_000.0, counted)), nothing);
}

#[test]
fn budgets_and_the_baseline_are_kept() {
    let plan = plan("pg15/01-plain");
    let expected = one_of(&["idx_tasks_status_created_at"]);
    let pages = PlanExpect { max_blocks: Some(1), ..expected.clone() };
    let (verdict, reason) = said(&pages, &plan);
    assert!(
        verdict == Verdict::Fail && reason.ends_with("pages read where at most 1 were allowed."),
        "{reason}"
    );

    let evidence = |ms| Evidence { ms: Some(ms), baseline_ms: Some(3.7), ..Evidence::of(&plan) };
    let slower = judge(&expected, &evidence(6.5));
    assert_eq!(slower.verdict, Verdict::Fail);
    assert_eq!(slower.reason, "Slower than before: 6.5 ms against 3.7 ms, 1.76 times as long.");
    assert_eq!(judge(&expected, &evidence(3.8)).verdict, Verdict::Pass);
    let budget = PlanExpect { max_ms: Some(2.0), ..expected };
    assert_eq!(judge(&budget, &evidence(2.5)).reason, "2.5 ms where at most 2.0 ms were allowed.");
}

#[test]
fn stale_statistics_leave_every_verdict_open() {
    let plan = plan("pg15/01-plain");
    let stale = ["tasks".to_owned()];
    let judged =
        judge(&one_of(&["idx_tasks_status_created_at"]), &Evidence { stale: &stale, ..Evidence::of(&plan) });
    assert_eq!(judged.verdict, Verdict::Inconclusive);
    assert!(judged.reason.ends_with("the statistics of tasks are not fresh, so ANALYZE and judge again."));
}

#[test]
fn a_plan_that_was_not_executed_is_only_a_forecast() {
    let (verdict, reason) = said(&one_of(&["idx_tasks_status_created_at"]), &plan("pg18/01-plain-cost"));
    assert_eq!(verdict, Verdict::Inconclusive);
    assert!(
        reason.contains("it would be Index Scan Backward using idx_tasks_status_created_at on tasks"),
        "{reason}"
    );
}
