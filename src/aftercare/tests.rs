//! Readings of the counters by hand, and what is made of them.

use super::judge;
use super::*;
use crate::runbook::Aftercare;

const HOUR: i64 = 3_600_000;

fn table(index_scans: i64, seq_scans: i64, heap_bytes: i64) -> Table {
    let traffic = Traffic { index_scans, seq_scans, ..Traffic::default() };
    let (heap_bytes, index_bytes) = (Some(heap_bytes), Some(0));
    Table { name: "tasks".into(), traffic, heap_bytes, index_bytes, ..Table::default() }
}

fn index(scans: i64) -> Index {
    let scans = Scans { scans, ..Scans::default() };
    Index { name: "by_status".into(), table: "tasks".into(), scans, whole: true, ..Index::default() }
}

fn counters(at: i64, table: Table, index: Index, statements: Vec<Statement>) -> Counters {
    let statements = Seen::Seen(statements);
    Counters { at, reset: None, tables: vec![table], indexes: vec![index], statements }
}

fn statement(calls: i64, total_ms: f64) -> Statement {
    Statement { id: 7, calls, total_ms, since: None, text: "SELECT".into() }
}

fn limits() -> Aftercare {
    Aftercare::default()
}

#[test]
fn what_was_counted_before_the_change_is_left_out() {
    let base = counters(HOUR, table(1_000, 10, 9_000_000), index(40), vec![statement(100, 90_000.0)]);
    let now = counters(3 * HOUR, table(1_300, 10, 9_500_000), index(45), vec![statement(120, 90_200.0)]);
    let since = Since::of(Some(&base), &now);
    assert_eq!((since.from, since.elapsed(), since.reset), (Some(HOUR), Some(2 * HOUR), false));
    assert_eq!(since.tables[0].traffic.index_scans, 300);
    assert_eq!(since.tables[0].grown, Some(500_000));
    assert_eq!(since.indexes[0].scans.scans, 5);
    let slow = since::statements(Some(&base), &now.statements, 10);
    let slow = &slow.seen().unwrap()[0];
    assert_eq!((slow.calls, slow.mean_ms()), (20, 10.0));
}

#[test]
fn a_counter_that_fell_counts_from_nothing_and_says_so() {
    let base = counters(0, table(1_000, 10, 0), index(40), vec![statement(100, 90_000.0)]);
    let now = counters(HOUR, table(1_000, 3, 0), index(2), vec![statement(30, 300.0)]);
    let since = Since::of(Some(&base), &now);
    assert!(since.tables[0].anew && since.indexes[0].anew);
    assert_eq!((since.tables[0].traffic.index_scans, since.indexes[0].scans.scans), (1_000, 2));
    let slow = since::statements(Some(&base), &now.statements, 10);
    assert!(slow.seen().unwrap()[0].anew);
    assert_eq!(slow.seen().unwrap()[0].calls, 30);
}

#[test]
fn a_reset_of_the_whole_database_is_where_counting_begins() {
    let base = counters(HOUR, table(10, 0, 0), index(1), Vec::new());
    let now = Counters { reset: Some(2 * HOUR), ..counters(3 * HOUR, table(50, 0, 0), index(9), Vec::new()) };
    let since = Since::of(Some(&base), &now);
    assert!(since.reset);
    assert_eq!((since.from, since.tables[0].traffic.index_scans), (Some(2 * HOUR), 50));
    assert!(!Since::of(Some(&now), &now).reset);
}

#[test]
fn the_share_of_index_scans_means_something_on_large_tables_that_were_scanned() {
    let ratio = |index_scans, seq_scans, bytes| {
        let since =
            Since::of(None, &counters(HOUR, table(index_scans, seq_scans, bytes), index(0), Vec::new()));
        let (percent, (level, _)) = judge::scan_ratio(&limits(), &since.tables[0]);
        (percent, level)
    };
    assert_eq!(ratio(1, 999, 100_000), (None, Level::Calm));
    assert_eq!(ratio(1, 9, 9_000_000), (None, Level::Open));
    assert_eq!(ratio(90, 10, 9_000_000), (Some(90.0), Level::Warning));
    assert_eq!(ratio(95, 5, 9_000_000), (Some(95.0), Level::Calm));
}

#[test]
fn slow_means_above_the_limits_and_often_enough() {
    let level = |calls, total_ms| {
        let statement = StatementSince { text: String::new(), calls, total_ms, anew: false };
        judge::statement(&limits(), &statement).0
    };
    assert_eq!(level(10, 5_000.0), Level::Calm);
    assert_eq!(level(10, 5_001.0), Level::Warning);
    assert_eq!(level(10, 10_001.0), Level::Critical);
    assert_eq!(level(9, 90_000.0), Level::Open);
}

#[test]
fn an_index_that_nobody_reads_is_a_warning_after_its_time() {
    let judged = |hours, index| {
        let base = counters(0, table(0, 0, 0), index, Vec::new());
        let since = Since::of(Some(&base), &Counters { at: hours * HOUR, ..base.clone() });
        judge::use_of(&limits(), &since, &since.indexes[0])
    };
    assert_eq!(judged(2, index(5)), (Level::Open, "no scan in 2 h 00 m".to_owned()));
    assert_eq!(judged(200, index(5)).0, Level::Warning);
    assert_eq!(judged(200, Index { unique: true, ..index(5) }).0, Level::Calm);
    assert_eq!(judged(2, Index { whole: false, ..index(5) }).0, Level::Critical);
}

#[test]
fn small_b_trees_are_never_bloated() {
    let level = |bytes, density| judge::leaf(&limits(), &Leaf { index: "i".into(), bytes, density }).0;
    assert_eq!(level(2_000_000, Some(49.0)), Level::Warning);
    assert_eq!(level(2_000_000, Some(50.0)), Level::Calm);
    assert_eq!(level(20_000, Some(3.0)), Level::Calm);
    assert_eq!(level(2_000_000, None), Level::Calm);
}

#[test]
fn rates_pass_over_a_reset() {
    let point = |at, index_scans| Point { at, index_scans, seq_scans: 0, written: 0 };
    let trend = [point(0, 100), point(10_000, 150), point(20_000, 5), point(30_000, 35)];
    assert_eq!(a_second(&trend, |point| point.index_scans), vec![5.0, 3.0]);
}

#[test]
fn a_table_that_the_server_has_counted_no_row_of_is_not_called_empty_where_it_is_large() {
    let said = |bytes| judge::analyze(HOUR, &table(0, 0, bytes)).1;
    assert_eq!(said(8_192), "never analyzed, empty");
    assert_eq!(said(17_600_000), "never analyzed: the planner guesses");
}
