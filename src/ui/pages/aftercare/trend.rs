//! What moves now: rates between the looks of the last half hour.

use super::chart;
use crate::aftercare::{Look, Point, a_second};
use crate::text::number::short;
use leptos::prelude::*;

pub fn trend(look: &Look) -> AnyView {
    let one = |title: &'static str, count: fn(&Point) -> i64| {
        let rates = a_second(&look.trend, count);
        let most = rates.iter().copied().fold(0.0, f64::max);
        let said = match rates.last() {
            Some(last) => format!("{} a second now, {} at most", short(*last), short(most)),
            None => "the next look, in 10 seconds, tells".to_owned(),
        };
        view! {
            <li>
                <h3>{title}</h3>
                {chart::line(&rates)}
                <p class="small">{said}</p>
            </li>
        }
    };
    view! {
        <section aria-labelledby="now" class="card stack">
            <h2 id="now">"Now"</h2>
            <p class="quiet small">"Over all tables, between the looks of the last half hour in which somebody had a page like this open."</p>
            <ul class="trends">
                {one("Index scans", |point| point.index_scans)}
                {one("Scans of whole tables", |point| point.seq_scans)}
                {one("Rows written", |point| point.written)}
            </ul>
        </section>
    }
    .into_any()
}
