//! The queries of the explain steps: times and trees before and after the change, as text.

use crate::api::still::ReportPage as Data;
use crate::plan;
use crate::run::result::{Body, Explained, fastest};
use crate::runbook::Action;
use crate::text::duration;
use crate::ui::parts::Sign;
use leptos::prelude::*;

/// None where no plan was ever captured.
pub fn plans(page: &Data) -> Option<AnyView> {
    let runbook = &page.state.runbook;
    // A baseline is shown beside what it was compared with.
    let explains = runbook.steps().filter_map(|(_, step)| match &step.run {
        Action::Explain(explain) => explain.baseline.as_ref(),
        _ => None,
    });
    let baselines: Vec<_> = explains.filter(|baseline| compared(page, baseline)).collect();
    let shown = page.plans.iter().filter(|(step, _)| !baselines.contains(&step));
    let queries: Vec<&Explained> = shown.flat_map(|(_, result)| queries(&result.body)).collect();
    (!queries.is_empty()).then(|| queries.into_iter().map(query).collect_view().into_any())
}

/// Whether some step has been held against this one.
fn compared(page: &Data, baseline: &crate::runbook::Id) -> bool {
    page.plans.iter().any(|(step, _)| match page.state.runbook.step(step).map(|(_, step)| &step.run) {
        Some(Action::Explain(explain)) => explain.baseline.as_ref() == Some(baseline),
        _ => false,
    })
}

fn queries(body: &Body) -> &[Explained] {
    match body {
        Body::Explain { queries, .. } => queries,
        _ => &[],
    }
}

fn query(query: &Explained) -> AnyView {
    let (sign, word, reason) = match &query.finding {
        Some(finding) => (Sign::from(finding.verdict), finding.verdict.word(), finding.reason.clone()),
        None => (Sign::WAITING, "captured", String::new()),
    };
    let before = query.baseline.as_ref().map(|b| tree("Before", &b.plan, &b.times_ms));
    view! {
        <article>
            <h3>{query.title.clone()}</h3>
            <p>{sign.with(word)}" "<span class="quiet">{reason}</span></p>
            <pre class="cmd" tabindex="0" role="group" aria-label="Statement">{query.sql.trim().to_owned()}</pre>
            {before}{tree("After", &query.plan, &query.times_ms)}
        </article>
    }
    .into_any()
}

fn tree(label: &'static str, json: &serde_json::Value, times_ms: &[f64]) -> AnyView {
    let text = match plan::parse(&json.to_string()) {
        Ok(plan) => plan::text::render(&plan),
        Err(error) => format!("This plan cannot be read: {error}"),
    };
    let took = fastest(times_ms).map(|ms| format!(", {} at best of {}", duration::exact(ms), times_ms.len()));
    view! {
        <figure>
            <figcaption>{label}{took}</figcaption>
            <pre tabindex="0" role="group" aria-label=format!("Plan {}", label.to_lowercase())>{text}</pre>
        </figure>
    }
    .into_any()
}
