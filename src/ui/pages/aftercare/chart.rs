//! Small drawings. Each stands beside words that say the same, so those who cannot see it miss nothing.

use leptos::prelude::*;

/// Parts of a whole as one bar, each with its class, in the unit of `whole`. Where `limit` is given, a line stands there.
pub fn bar(parts: &[(f64, &'static str)], whole: f64, limit: Option<f64>) -> AnyView {
    let percent = |value: f64| if whole > 0.0 { (100.0 * value / whole).clamp(0.0, 100.0) } else { 0.0 };
    let mut from = 0.0;
    let parts = parts.iter().map(|(value, class)| {
        let width = percent(*value).min(100.0 - from);
        let x = from;
        from += width;
        view! { <rect class=*class x=format!("{x:.2}") width=format!("{width:.2}") height="8"/> }
    });
    let parts = parts.collect_view();
    let limit = limit.map(percent).map(|x| view! { <path class="limit" d=format!("M{x:.2} 0V8")/> });
    view! {
        <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect class="ground" width="100" height="8"/>
            {parts}
            {limit}
        </svg>
    }
    .into_any()
}

/// Values over time, the latest at the end.
pub fn line(values: &[f64]) -> AnyView {
    let most = values.iter().copied().fold(0.0, f64::max);
    let step = 100.0 / (values.len().max(2) - 1) as f64;
    let height = |value: f64| if most > 0.0 { 23.0 - 22.0 * value / most } else { 23.0 };
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(at, value)| format!("{:.2},{:.2}", at as f64 * step, height(*value)))
        .collect();
    view! {
        <svg class="line" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <path class="ground" d="M0 23.5H100"/>
            <polyline points=points.join(" ")/>
        </svg>
    }
    .into_any()
}
