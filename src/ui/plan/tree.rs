//! One plan as a tree of rows with figures: ARIA's treegrid, so that level and column are told, and a table to whatever
//! does not know that. Complete without scripts; with them the arrow keys walk it.

use leptos::prelude::*;

use super::name::{NodeName, OwnTime, Rows};
use super::raw::Raw;
use super::shown::{Shown, shown};
use super::walk::walk;
use crate::plan::{Plan, fields, text, worst};
use crate::text::duration;

/// A plan with its times, the worst node in words, and the same as text. `expected` are names of indexes to mark,
/// the preferred one first; `raw` is the server's JSON, where it was kept.
#[component]
pub fn PlanTree(
    plan: Plan,
    expected: Vec<String>,
    #[prop(default = None)] raw: Option<String>,
) -> impl IntoView {
    let rows = shown(&plan, &expected);
    let class = format!("plan-nodes {}", indent(&plan));
    let plain = text::render(&plan);
    view! {
        <section class="plan" aria-label="Query plan">
            <Whole plan=plan.clone() />
            {worst::worst(&plan).map(|worst| view! { <p class="plan-note">{worst.sentence}</p> })}
            <table class=class role="treegrid" aria-label="Nodes" aria-readonly="true" on:keydown=walk>
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader">"Node"</th>
                        <th scope="col" role="columnheader" class="num">"Own time"</th>
                        <th scope="col" role="columnheader" class="num">"With all below"</th>
                        <th scope="col" role="columnheader" class="num">"Rows"</th>
                        <th scope="col" role="columnheader" class="num">"Loops"</th>
                    </tr>
                </thead>
                {groups(rows.into_iter().map(|node| view! { <NodeRow node /> }))}
            </table>
            <Rest plan />
            <Raw label="Plan as text" text=plain />
            {raw.map(|json| view! { <Raw label="Plan as JSON" text=json /> })}
        </section>
    }
}

/// Rows in groups of one size, whole groups marked: one that is out of sight need not even be styled.
pub fn groups<R: IntoView + 'static>(rows: impl Iterator<Item = R>) -> AnyView {
    let rows: Vec<R> = rows.collect();
    let mut rows = rows.into_iter();
    let mut groups = Vec::with_capacity(rows.len() / GROUP + 1);
    while rows.len() > 0 {
        let class = if rows.len() >= GROUP { "whole" } else { "" };
        let group: Vec<R> = rows.by_ref().take(GROUP).collect();
        groups.push(view! { <tbody role="rowgroup" class=class>{group}</tbody> });
    }
    groups.into_any()
}

/// The stylesheet reserves the height of so many rows.
const GROUP: usize = 25;

#[component]
fn NodeRow(node: Shown) -> impl IntoView {
    let stop = if node.level == 1 { "0" } else { "-1" };
    let row = leptos::html::tr().role("row").class(node.class.clone()).tabindex(stop);
    // The macro has no aria-level for an element of HTML.
    row.attr("aria-level", node.level.to_string()).child(view! {
        <th scope="row" role="rowheader"><NodeName node=node.clone() /></th>
        <td role="gridcell" class="num own" data-label="own time">
            <OwnTime exclusive=node.exclusive percent=node.percent />
        </td>
        <td role="gridcell" class="num" data-label="in all">{node.inclusive}</td>
        <td role="gridcell" class="num rows" data-label="rows">
            <Rows rows=node.rows estimate=node.estimate />
        </td>
        <td role="gridcell" class="num" data-label="loops">{node.loops}</td>
    })
}

/// How far a level is indented: a deep tree takes smaller steps, the same in all its rows.
pub fn indent(plan: &Plan) -> &'static str {
    let deepest = plan.nodes.iter().map(|node| node.depth).max().unwrap_or_default();
    if deepest > DEEP { "deep" } else { "" }
}

const DEEP: usize = 10;

/// The times of the whole.
#[component]
fn Whole(plan: Plan) -> impl IntoView {
    let total = plan.total_ms().map_or_else(|| "not executed".to_owned(), duration::exact);
    let planning = plan.planning_ms.map(|ms| format!("planned in {}", duration::exact(ms)));
    view! {
        <p class="plan-total">
            <b>{total}</b>
            {planning.map(|planning| view! { " " <span class="quiet">{planning}</span> })}
        </p>
    }
}

/// Settings, JIT, triggers, buffers of planning, and what is not known here.
#[component]
fn Rest(plan: Plan) -> impl IntoView {
    let all = plan.settings.iter().chain(&plan.extra);
    let lines: Vec<String> = all
        .map(|(name, value)| (name, fields::show(name, value)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    (!lines.is_empty()).then(|| {
        view! {
            <details class="plan-rest">
                <summary>"Settings and the rest of what the server said"</summary>
                <div class="facts">{lines.join("\n")}</div>
            </details>
        }
    })
}
