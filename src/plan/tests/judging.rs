//! What is expected of a plan, and what is said of it.

use super::plan;
use crate::plan::judge::{Evidence, Judgement, is_doubtful, judge};
use crate::plan::slower::Baseline;
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
    let plan = plan("pg15/02-bitmap");
    let (used, first) = ("idx_media_items_task_id_media_type, by a bitmap", "idx_media_items_task_id");
    let reason = |absent| judge(&expected, &Evidence { absent, ..Evidence::of(&plan) }).reason;
    assert_eq!(said(&expected, &plan), (Verdict::Pass, format!("{used}, a sibling of {first}.")));
    let estimated = format!("{used}, a sibling that the planner estimates to cost no more than {first}.");
    assert_eq!(reason(Some(&[])), estimated);
    let absent = [first.to_owned()];
    assert_eq!(reason(Some(&absent)), format!("{used}, while {first} is not there."));
}

#[test]
fn an_index_only_scan_passes() {
    let verdict = said(&one_of(&["idx_tasks_created_at"]), &plan("pg18/18-plain"));
    assert_eq!(verdict, (Verdict::Pass, "idx_tasks_created_at, without reading the table.".into()));
}

#[test]
fn an_index_that_nobody_named_is_for_a_person_to_judge() {
    let verdict = said(&one_of(&["idx_tasks_created_at"]), &plan("pg15/01-plain"));
    let reason = "idx_tasks_status_created_at, scanned backward is used; idx_tasks_created_at is not used.";
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

    let budget = PlanExpect { max_ms: Some(2.0), ..expected };
    let times = |times_ms| Evidence { times_ms, ..Evidence::of(&plan) };
    assert_eq!(judge(&budget, &times(&[9.0, 2.5])).reason, "2.5 ms where at most 2.0 ms were allowed.");
    assert!(is_doubtful(&budget, &times(&[9.0, 2.5])) && !is_doubtful(&budget, &times(&[9.0, 1.5])));
}

/// An index scan that reads so many pages, through this index.
fn scan(pages: u32, index: &str) -> Plan {
    parse(&format!(
        r#"{{"Node Type": "Index Scan", "Index Name": "{index}", "Relation Name": "tasks", "Shared Hit Blocks": {pages},
            "Actual Total Time": 5, "Actual Rows": 50, "Actual Loops": 1}}"#
    ))
    .unwrap()
}

fn compared(now: (&Plan, &[f64]), before: (&Plan, &[f64])) -> Judgement {
    let baseline = Some(Baseline { plan: before.0, times_ms: before.1 });
    judge(&one_of(&["a", "b"]), &Evidence { times_ms: now.1, baseline, ..Evidence::of(now.0) })
}

#[test]
fn slower_than_the_slowest_before_by_more_work_or_another_plan_fails() {
    let (before, more, other) = (scan(100, "a"), scan(300, "a"), scan(100, "b"));
    let judged = compared((&more, &[6.5, 7.0]), (&before, &[3.7, 4.0]));
    let reason = "Slower than before: 6.5 ms at best, 4.0 ms then at worst and 3.7 ms at best, 1.76 times as long; \
                  it reads 300 pages instead of 100.";
    assert_eq!(judged, Judgement { verdict: Verdict::Fail, reason: reason.into() });
    assert_eq!(compared((&other, &[6.5]), (&before, &[3.7])).verdict, Verdict::Fail);
}

#[test]
fn the_same_work_that_takes_longer_is_asked_of_a_person() {
    let plan = scan(100, "a");
    let judged = compared((&plan, &[6.5, 7.0]), (&plan, &[3.7, 4.0]));
    assert_eq!(judged.verdict, Verdict::Inconclusive);
    assert!(judged.reason.contains("the same plan and reads no more pages"), "{}", judged.reason);
}

#[test]
fn what_lies_within_the_scatter_of_before_is_not_slower() {
    let (plan, more) = (scan(100, "a"), scan(300, "a"));
    let scattered = [3.7, 9.0];
    let judged = compared((&plan, &[6.5]), (&plan, &scattered));
    let reason = "a; 6.5 ms at best, where it took 3.7 ms to 9.0 ms before.";
    assert_eq!(judged, Judgement { verdict: Verdict::Pass, reason: reason.into() });
    // The outlier must not hide what reads three times the pages.
    let judged = compared((&more, &[6.5]), (&plan, &scattered));
    assert_eq!(judged.verdict, Verdict::Inconclusive, "{}", judged.reason);
}

#[test]
fn one_undisturbed_execution_is_enough_and_little_is_nothing() {
    let (before, now) = (scan(100, "a"), scan(300, "b"));
    for times in [&[40.0, 3.8, 70.0][..], &[4.05]] {
        assert_eq!(compared((&now, times), (&before, &[3.7])).reason, "b, a sibling of a.");
    }
    assert_eq!(compared((&now, &[0.12]), (&before, &[0.03])).verdict, Verdict::Pass);
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
