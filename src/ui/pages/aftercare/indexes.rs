//! Whether the indexes of the change are used, how large they are, and how full.

use super::chart;
use super::figure::{cannot_see, figure};
use crate::aftercare::judge::Judged;
use crate::aftercare::{Bloat, IndexSince, Look, Report, Seen, concerns, judge};
use crate::text::size;
use crate::ui::parts::when;
use leptos::prelude::*;

pub fn indexes(report: &Report, look: &Look) -> AnyView {
    let (own, others): (Vec<_>, Vec<_>) =
        look.since.indexes.iter().partition(|index| report.expected.contains(&index.now.name));
    let most = look.since.indexes.iter().map(|index| index.scans.scans).max().unwrap_or_default();
    let line = |index: &&IndexSince| one(report, look, index, most);
    let missing = if report.applied { concerns::missing(&look.since, &report.expected) } else { Vec::new() };
    let missing = missing.into_iter().map(|(name, judged)| figure(name, None, None, vec![("", judged)]));
    let own =
        (!own.is_empty()).then(|| view! { <ul class="figures">{own.iter().map(line).collect_view()}</ul> });
    let missing = (missing.len() > 0).then(|| view! { <ul class="figures">{missing.collect_view()}</ul> });
    let others = (!others.is_empty()).then(|| {
        view! {
            <details open=report.expected.is_empty()>
                <summary>"Other indexes of these tables: "{others.len()}</summary>
                <ul class="figures">{others.iter().map(line).collect_view()}</ul>
            </details>
        }
    });
    view! {
        <section aria-labelledby="indexes" class="card stack">
            <h2 id="indexes">"Indexes"</h2>
            <p class="quiet small">"Scans since, each bar against the index that was scanned most. EXPLAIN ANALYZE counts as a scan, too."</p>
            {missing}
            {own}
            {others}
            {bloat(&look.bloat)}
        </section>
    }
    .into_any()
}

fn one(report: &Report, look: &Look, index: &IndexSince, most: i64) -> AnyView {
    let used = judge::use_of(&report.limits, &look.since, index);
    let drawing = chart::bar(&[(index.scans.scans as f64, "go")], most as f64, None);
    let bytes = index.now.bytes.map(|bytes| size::bytes(bytes.unsigned_abs()));
    let grown = index.grown.filter(|grown| *grown != 0).map(|grown| {
        format!(
            ", {} {}",
            if grown > 0 { "grown by" } else { "shrunk by" },
            size::bytes(grown.unsigned_abs())
        )
    });
    let bytes = bytes.unwrap_or_else(|| "size cannot be read now".to_owned());
    let anew = if index.anew { "; its counters began anew" } else { "" };
    let detail = format!("on {}, {bytes}{}{anew}", index.now.table, grown.unwrap_or_default());
    let filled = filled(report, look, &index.now.name).map(|judged| ("leaf pages", judged));
    let judged = [("", used)].into_iter().chain(filled).collect();
    figure(index.now.name.clone(), Some(detail), Some(drawing), judged)
}

fn filled(report: &Report, look: &Look, index: &str) -> Option<Judged> {
    let leaf = look.bloat.seen()?.leaves.iter().find(|leaf| leaf.index == index)?;
    Some(judge::leaf(&report.limits, leaf))
}

fn bloat(bloat: &Seen<Bloat>) -> AnyView {
    match bloat {
        Seen::Unseen { why, remedy } => {
            let why = format!("How full the leaf pages are stays unknown. {why}");
            cannot_see(&why, remedy)
        }
        Seen::Seen(bloat) => {
            let unread = (!bloat.unread.is_empty()).then(|| {
                format!(" Not read, because they are too large for a page, or locked: {}. The runbook of the maintenance reads them.", bloat.unread.join(", "))
            });
            view! {
                <p class="quiet small">
                    "B-trees were measured with pgstatindex at "{when::at(bloat.at)}", and are every 10 minutes. One that was just built is 90 % filled."{unread}
                </p>
            }
            .into_any()
        }
    }
}
