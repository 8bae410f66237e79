//! The slowest statements on average, with the runbook's limits.

use super::chart;
use super::figure::{cannot_see, figure};
use crate::aftercare::{Level, Look, Report, Seen, StatementSince, judge};
use crate::text::duration;
use leptos::prelude::*;

/// The first words tell statements apart.
fn cut(text: &str) -> String {
    const MOST: usize = 160;
    let first: String = text.chars().take(MOST).collect();
    if first.len() < text.len() { format!("{first}…") } else { first }
}

pub fn slow(report: &Report, look: &Look) -> AnyView {
    let limits = &report.limits;
    let body = match &look.statements {
        Seen::Unseen { why, remedy } => cannot_see(why, remedy),
        Seen::Seen(statements) if statements.is_empty() => {
            view! { <p class="quiet">"No statement has touched these tables since."</p> }.into_any()
        }
        Seen::Seen(statements) => {
            let slowest =
                statements.iter().map(StatementSince::mean_ms).fold(limits.critical_ms * 1.1, f64::max);
            let line = |statement: &StatementSince| {
                let judged = judge::statement(limits, statement);
                let class = match judged.0 {
                    Level::Critical => "fail",
                    Level::Warning => "ask",
                    _ => "go",
                };
                let drawing = chart::bar(&[(statement.mean_ms(), class)], slowest, Some(limits.slow_ms));
                let anew = statement.anew.then(|| "its counters began anew".to_owned());
                figure(cut(&statement.text), anew, Some(drawing), vec![("", judged)])
            };
            view! { <ul class="figures">{statements.iter().map(line).collect_view()}</ul> }.into_any()
        }
    };
    let said = format!(
        "By mean time. Above {} is a warning, above {} critical, from {} calls on. The line in each bar is the first limit.",
        duration::exact(limits.slow_ms),
        duration::exact(limits.critical_ms),
        limits.min_calls
    );
    view! {
        <section aria-labelledby="slow" class="card stack">
            <h2 id="slow">"Slowest statements"</h2>
            <p class="quiet small">{said}</p>
            {body}
        </section>
    }
    .into_any()
}
