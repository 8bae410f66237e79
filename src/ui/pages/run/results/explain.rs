//! The queries of an explain step: verdict, time and reason of each, and its plan on demand, beside the one before the
//! change where there is one.

use crate::plan;
use crate::plan::compare::change;
use crate::run::result::{Explained, fastest};
use crate::runbook::{Action, Id, Step, Value};
use crate::text::duration;
use crate::ui::parts::Sign;
use crate::ui::plan::{Captured, PlanComparison, PlanTree};
use leptos::prelude::*;

/// `step` says which indexes each query is expected to use.
pub fn explain(queries: &[Explained], step: Option<&Step>) -> AnyView {
    let lines = queries.iter().map(|query| line(query, expected(step, &query.id)));
    view! { <div class="verdicts">{lines.collect_view()}</div> }.into_any()
}

fn line(query: &Explained, expected: Vec<String>) -> AnyView {
    let (sign, word, reason) = match &query.finding {
        Some(finding) => (Sign::from(finding.verdict), finding.verdict.word(), finding.reason.clone()),
        None => (Sign::WAITING, "captured", "captured, not judged".to_owned()),
    };
    view! {
        <details class="verdict">
            <summary>
                {sign.mark()}
                <b>{query.title.clone()}<span class="unseen">": "{word}</span></b>
                <span class="num">{took(query)}</span>
                <span class="quiet">{reason}</span>
            </summary>
            <pre class="cmd" tabindex="0" role="region" aria-label="Statement">{query.sql.trim().to_owned()}</pre>
            {parameters(&query.parameters)}
            {tree(query, expected)}
        </details>
    }
    .into_any()
}

fn parameters(values: &[(Id, Value)]) -> Option<AnyView> {
    let one = |(at, (name, value)): (usize, &(Id, Value))| format!("${} {name} = {value}", at + 1);
    let line = values.iter().enumerate().map(one).collect::<Vec<_>>().join(", ");
    (!values.is_empty()).then(|| view! { <p class="quiet small">{line}</p> }.into_any())
}

/// The fastest execution, beside the fastest before the change.
fn took(query: &Explained) -> AnyView {
    let after = fastest(&query.times_ms);
    let before = query.baseline.as_ref().and_then(|baseline| fastest(&baseline.times_ms));
    let earlier = before.map(|ms| {
        view! {
            {duration::exact(ms)}
            <span class="unseen">" before, "</span>
            <span class="quiet" aria-hidden="true">" → "</span>
        }
    });
    let times = before.zip(after).map(|(before, after)| view! { <small>{change(before, after)}</small> });
    view! { {earlier}<strong>{after.map(duration::exact)}</strong>" "{times} }.into_any()
}

fn tree(query: &Explained, expected: Vec<String>) -> AnyView {
    let before = query.baseline.as_ref().map(|baseline| captured(&baseline.plan, &baseline.times_ms));
    match (before, captured(&query.plan, &query.times_ms)) {
        (Some(Ok(before)), Ok(after)) => view! { <PlanComparison before after expected/> }.into_any(),
        (_, Ok(Captured { plan, raw, .. })) => view! { <PlanTree plan expected raw/> }.into_any(),
        (_, Err(error)) => view! { <p>"This plan cannot be read: "{error.to_string()}</p> }.into_any(),
    }
}

fn captured(json: &serde_json::Value, times_ms: &[f64]) -> Result<Captured, plan::ParseError> {
    let raw = serde_json::to_string_pretty(json)?;
    Ok(Captured { plan: plan::parse(&raw)?, ms: fastest(times_ms), raw: Some(raw) })
}

fn expected(step: Option<&Step>, query: &Id) -> Vec<String> {
    let Some(Action::Explain(explain)) = step.map(|step| &step.run) else { return Vec::new() };
    let query = explain.queries.iter().find(|known| known.id == *query);
    query.and_then(|query| query.expect.as_ref()).map(|expect| expect.indexes.clone()).unwrap_or_default()
}
