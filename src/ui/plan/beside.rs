//! Before and after, the nodes that do the same work on one line.

use leptos::prelude::*;

use super::name::{NodeName, OwnTime, Rows};
use super::raw::Raw;
use super::shown::{Shown, shown};
use super::tree::{groups, indent};
use crate::plan::compare::{change, compare};
use crate::plan::{Plan, text, worst};
use crate::text::duration;

/// A plan with what else is known of its statement.
#[derive(Debug, Clone)]
pub struct Captured {
    pub plan: Plan,
    /// The fastest of several executions in ms; without it, the plan's own time counts.
    pub ms: Option<f64>,
    /// The server's JSON, where it does not stand on the page anyway.
    pub raw: Option<String>,
}

impl Captured {
    fn total_ms(&self) -> Option<f64> {
        self.ms.or_else(|| self.plan.total_ms())
    }
}

/// Two plans of one statement. `expected` are names of indexes to mark, the preferred one first.
#[component]
pub fn PlanComparison(before: Captured, after: Captured, expected: Vec<String>) -> impl IntoView {
    let compared = compare(&before.plan, &after.plan);
    let (old, new) = (shown(&before.plan, &expected), shown(&after.plan, &expected));
    let total = |ms: Option<f64>| ms.map_or_else(|| "not executed".to_owned(), duration::exact);
    let (before_ms, after_ms) = (before.total_ms(), after.total_ms());
    let whole = before_ms.zip(after_ms).map(|(before, after)| change(before, after));
    let class = format!("plan-pair {} {}", indent(&before.plan), indent(&after.plan));
    let rows = compared.rows.iter().map(|row| {
        let of = |nodes: &[Shown], id: Option<usize>| id.and_then(|id| nodes.get(id).cloned());
        view! { <Pair before=of(&old, row.before) after=of(&new, row.after) change=row.change.clone() /> }
    });
    let rows = groups(rows);
    let note = |when: &'static str, plan: &Plan| {
        let worst = worst::worst(plan)?;
        Some(
            view! { <p class=format!("plan-note {}", when.to_lowercase())><b>{when}": "</b>{worst.sentence}</p> },
        )
    };
    let raw = |label: &'static str, json: Option<String>| json.map(|text| view! { <Raw label text /> });
    view! {
        <section class="plan" aria-label="Query plans before and after">
            <p class="plan-total">
                <b>{total(before_ms)}</b>
                <span class="unseen">" before, "</span>
                <span class="quiet" aria-hidden="true">" → "</span>
                <b>{total(after_ms)}</b>
                <span class="unseen">" after"</span>
                {whole.map(|change| view! { " " <span class="ratio">{change}</span> })}
            </p>
            {note("Before", &before.plan)}
            {note("After", &after.plan)}
            <table class=class role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader">"Before"</th>
                        <th scope="col" role="columnheader" class="num">"Own time"</th>
                        <th scope="col" role="columnheader" class="num">"Rows"</th>
                        <th scope="col" role="columnheader">"After"</th>
                        <th scope="col" role="columnheader" class="num">"Own time"</th>
                        <th scope="col" role="columnheader" class="num">"Rows"</th>
                    </tr>
                </thead>
                {rows}
            </table>
            <Raw label="Plan before, as text" text=text::render(&before.plan) />
            <Raw label="Plan after, as text" text=text::render(&after.plan) />
            {raw("Plan before, as JSON", before.raw)}
            {raw("Plan after, as JSON", after.raw)}
        </section>
    }
}

#[component]
fn Pair(before: Option<Shown>, after: Option<Shown>, change: Option<String>) -> impl IntoView {
    view! {
        <tr role="row">
            <Side node=before side="before" change=None />
            <Side node=after side="after" change />
        </tr>
    }
}

#[component]
fn Side(node: Option<Shown>, side: &'static str, change: Option<String>) -> impl IntoView {
    let Some(node) = node else {
        let words = format!("not in the plan {side}");
        return view! {
            <td role="cell" colspan="3" class=format!("{side} none")>
                <span class="unseen">{words}</span>
            </td>
        }
        .into_any();
    };
    let class = format!("{side} {}", node.class);
    let (in_all, loops) = (node.in_all.clone(), node.repeated.clone());
    view! {
        <td role="cell" class=format!("{class} name") data-label=side>
            <NodeName node=node.clone() level=true />
        </td>
        <td role="cell" class=format!("{class} num own") data-label="own time">
            <OwnTime exclusive=node.exclusive percent=node.percent />
            {in_all.map(|all| view! { " " <small>"in all "{all}</small> })}
            {change.map(|change| view! { " " <small class="ratio">{change}</small> })}
        </td>
        <td role="cell" class=format!("{class} num rows") data-label="rows">
            <Rows rows=node.rows estimate=node.estimate />
            {loops.map(|loops| view! { " " <small>{loops}" loops"</small> })}
        </td>
    }
    .into_any()
}
