//! How the tables are read and written, how large they are, and whether autovacuum keeps up.

use super::chart;
use super::figure::figure;
use crate::aftercare::judge::{self, Judged, Level};
use crate::aftercare::{Look, Report, TableSince};
use crate::text::number::grouped;
use crate::text::size;
use leptos::prelude::*;

pub fn tables(report: &Report, look: &Look) -> AnyView {
    let all = &look.since.tables;
    if all.is_empty() {
        return view! {
            <section aria-labelledby="tables" class="card stack">
                <h2 id="tables">"Tables"</h2>
                <p>"The target has none of the tables that the runbook names."</p>
            </section>
        }
        .into_any();
    }
    let read = |table: &TableSince| {
        let (percent, judged) = judge::scan_ratio(&report.limits, table);
        let (by_index, whole) = (table.traffic.index_scans as f64, table.traffic.seq_scans as f64);
        let limit = percent.map(|_| (by_index + whole) * report.limits.index_scan_percent / 100.0);
        let drawing = chart::bar(&[(by_index, "go"), (whole, "ask")], by_index + whole, limit);
        let detail = percent.map(|percent| format!("{percent:.1} % by index"));
        figure(table.now.name.clone(), detail, Some(drawing), vec![("", judged)])
    };
    let most = all.iter().map(|table| table.traffic.written()).max().unwrap_or_default() as f64;
    let written = |table: &TableSince| {
        let t = &table.traffic;
        let plain = (t.updated - t.hot_updated) as f64;
        let parts = [
            (t.inserted as f64, "go"),
            (t.hot_updated as f64, "pass"),
            (plain, "ask"),
            (t.deleted as f64, "fail"),
        ];
        let anew = table.anew.then(|| "its counters began anew".to_owned());
        figure(table.now.name.clone(), anew, Some(chart::bar(&parts, most, None)), vec![("", writes(table))])
    };
    let bytes = |table: &TableSince| table.now.heap_bytes.zip(table.now.index_bytes);
    let largest =
        all.iter().filter_map(bytes).map(|(heap, index)| heap + index).max().unwrap_or_default() as f64;
    let kept = |table: &TableSince| {
        let drawing = bytes(table).map(|(heap, index)| {
            chart::bar(&[(heap as f64, "go"), (index as f64, "unknown")], largest, None)
        });
        let now = look.since.to;
        let judged = vec![
            ("size", sizes(table)),
            ("vacuum", judge::vacuum(now, &table.now)),
            ("analyze", judge::analyze(now, &table.now)),
        ];
        figure(table.now.name.clone(), None, drawing, judged)
    };
    let share = format!(
        "Blue by index, amber of the whole table. The share of index scans is judged on tables from {} on: below {} % is a warning.",
        size::bytes(report.limits.large_table_bytes),
        report.limits.index_scan_percent
    );
    view! {
        {section("reads", "How tables are read", share, all.iter().map(read).collect_view().into_any())}
        {section("writes", "How tables are written", "Rows: blue inserted, green updated HOT, amber updated with new index entries, red deleted.".to_owned(), all.iter().map(written).collect_view().into_any())}
        {section("upkeep", "Size and upkeep", "Blue the table with TOAST, violet its indexes. Vacuum and analyze by hand or by autovacuum, whichever was later.".to_owned(), all.iter().map(kept).collect_view().into_any())}
    }
    .into_any()
}

fn section(id: &'static str, title: &'static str, said: String, figures: AnyView) -> AnyView {
    view! {
        <section aria-labelledby=id class="card stack">
            <h2 id=id>{title}</h2>
            <p class="quiet small">{said}</p>
            <ul class="figures">{figures}</ul>
        </section>
    }
    .into_any()
}

fn writes(table: &TableSince) -> Judged {
    let t = &table.traffic;
    let n = |n: i64| grouped(n.unsigned_abs());
    let hot = judge::hot_percent(table).map(|hot| format!(" ({hot:.0} % HOT)")).unwrap_or_default();
    (
        Level::Calm,
        format!("{} inserted, {} updated{hot}, {} deleted", n(t.inserted), n(t.updated), n(t.deleted)),
    )
}

fn sizes(table: &TableSince) -> Judged {
    let (Some(heap), Some(index)) = (table.now.heap_bytes, table.now.index_bytes) else {
        return (Level::Open, "cannot be read now: the table is locked".to_owned());
    };
    let bytes = |n: i64| size::bytes(n.unsigned_abs());
    let grown = match table.grown {
        Some(grown) if grown > 0 => format!(", grown by {}", bytes(grown)),
        Some(grown) if grown < 0 => format!(", shrunk by {}", bytes(grown)),
        _ => String::new(),
    };
    (Level::Calm, format!("{} and {} of indexes{grown}", bytes(heap), bytes(index)))
}
