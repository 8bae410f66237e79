//! Before and after, the nodes that do the same work on one line.

use leptos::prelude::*;

use super::name::{NodeName, OwnTime, Rows};
use super::shown::{Shown, shown};
use super::tree::{Raw, groups};
use crate::plan::compare::compare;
use crate::plan::{Plan, text, worst};
use crate::text::{duration, number};

/// Two plans of one statement. `expected` are names of indexes to mark, the preferred one first.
#[component]
pub fn PlanComparison(before: Plan, after: Plan, expected: Vec<String>) -> impl IntoView {
    let compared = compare(&before, &after);
    let (old, new) = (shown(&before, &expected), shown(&after, &expected));
    let total = |ms: Option<f64>| ms.map_or_else(|| "not executed".to_owned(), duration::exact);
    let rows = compared.rows.iter().map(|row| {
        let of = |nodes: &[Shown], id: Option<usize>| id.and_then(|id| nodes.get(id).cloned());
        view! { <Pair before=of(&old, row.before) after=of(&new, row.after) /> }
    });
    let rows = groups(rows);
    view! {
        <section class="plan" aria-label="Query plans before and after">
            <p class="plan-total">
                <b>{total(compared.before_ms)}</b>
                <span class="unseen">" before, "</span>
                <span class="quiet" aria-hidden="true">" → "</span>
                <b>{total(compared.after_ms)}</b>
                <span class="unseen">" after"</span>
                {compared.ratio.map(|ratio| view! { " " <span class="ratio">{faster(ratio)}</span> })}
            </p>
            <table class="plan-pair" role="table">
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
            {worst::worst(&before).map(|worst| view! { <p class="plan-note">"Before: " {worst.sentence}</p> })}
            {worst::worst(&after).map(|worst| view! { <p class="plan-note">"After: " {worst.sentence}</p> })}
            <Raw label="Plan before, as text" text=text::render(&before) />
            <Raw label="Plan after, as text" text=text::render(&after) />
        </section>
    }
}

fn faster(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 1.05 => format!("{} × faster", number::short(ratio)),
        ratio if ratio > 0.0 && ratio <= 0.95 => format!("{} × slower", number::short(1.0 / ratio)),
        _ => "as fast as before".to_owned(),
    }
}

#[component]
fn Pair(before: Option<Shown>, after: Option<Shown>) -> impl IntoView {
    view! { <tr role="row"><Side node=before side="before" /><Side node=after side="after" /></tr> }
}

#[component]
fn Side(node: Option<Shown>, side: &'static str) -> impl IntoView {
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
    view! {
        <td role="cell" class=format!("{class} name") data-label=side>
            <NodeName node=node.clone() />
        </td>
        <td role="cell" class=format!("{class} num own") data-label="own time">
            <OwnTime exclusive=node.exclusive percent=node.percent />
        </td>
        <td role="cell" class=format!("{class} num rows") data-label="rows">
            <Rows rows=node.rows estimate=node.estimate />
        </td>
    }
    .into_any()
}
