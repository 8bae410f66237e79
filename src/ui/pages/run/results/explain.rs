//! The queries of an explain step: verdict, time and reason of each, and its plan on demand.

use crate::plan;
use crate::run::result::Explained;
use crate::runbook::{Action, Id, Step, Value};
use crate::text::duration;
use crate::ui::parts::Sign;
use crate::ui::plan::PlanTree;
use leptos::prelude::*;

/// `step` says which indexes each query is expected to use.
pub fn explain(queries: &[Explained], step: Option<&Step>) -> AnyView {
    let lines = queries.iter().map(|query| line(query, expected(step, &query.id)));
    view! { <div class="verdicts">{lines.collect_view()}</div> }.into_any()
}

fn line(query: &Explained, expected: Vec<String>) -> AnyView {
    let fastest = query.times_ms.iter().copied().reduce(f64::min).map(duration::exact);
    let (sign, word, reason) = match &query.finding {
        Some(finding) => (Sign::from(finding.verdict), finding.verdict.word(), finding.reason.clone()),
        None => (Sign::WAITING, "captured", "captured, not judged".to_owned()),
    };
    view! {
        <details class="verdict">
            <summary>
                {sign.mark()}
                <b>{query.title.clone()}<span class="unseen">": "{word}</span></b>
                <span class="num">{fastest}</span>
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

fn tree(query: &Explained, expected: Vec<String>) -> AnyView {
    match plan::parse(&query.plan.to_string()) {
        Ok(plan) => view! { <PlanTree plan expected/> }.into_any(),
        Err(error) => view! { <p>"This plan cannot be read: "{error.to_string()}</p> }.into_any(),
    }
}

fn expected(step: Option<&Step>, query: &Id) -> Vec<String> {
    let Some(Action::Explain(explain)) = step.map(|step| &step.run) else { return Vec::new() };
    let query = explain.queries.iter().find(|known| known.id == *query);
    query.and_then(|query| query.expect.as_ref()).map(|expect| expect.indexes.clone()).unwrap_or_default()
}
