//! New indexes with their estimated sizes, plans as they would be with them, and the programs of the runbook.

use crate::preflight::Report;
use crate::preflight::report::{Hoped, NewIndex, Plans, SPACE_FACTOR, Tool};
use crate::text::size::bytes;
use crate::ui::parts::Sign;
use crate::verdict::Verdict;
use leptos::prelude::*;

pub fn indexes(report: &Report) -> Option<AnyView> {
    if report.indexes.is_empty() {
        return None;
    }
    let sum = report.index_bytes();
    let unknown = report.indexes.iter().filter(|index| index.is_unknown()).count();
    let unknown = (unknown > 0).then(|| format!(" {unknown} could not be estimated and come on top."));
    Some(
        view! {
            <section aria-labelledby="indexes">
                <h2 id="indexes">"New indexes"</h2>
                <div class="card stack">
                    <p>
                        "About "<b>{bytes(sum)}</b>" together, so "<b>{bytes(sum * SPACE_FACTOR)}</b>
                        " should be free where the data, the sort files and the WAL are: three times the size."{unknown}
                        <span class="quiet">" No SQL function tells free space; somebody looks with df."</span>
                    </p>
                    <div class="scroll" tabindex="0" role="region" aria-label="Sizes of the new indexes">
                        <table>
                            <thead><tr><th>"Index"</th><th>"Table"</th><th class="num">"Size"</th></tr></thead>
                            <tbody>{report.indexes.iter().map(row).collect_view()}</tbody>
                        </table>
                    </div>
                </div>
            </section>
        }
        .into_any(),
    )
}

fn row(index: &NewIndex) -> AnyView {
    let size = index.bytes.map(bytes).or_else(|| index.note.clone()).unwrap_or_default();
    view! { <tr><th scope="row" class="mono">{index.name.clone()}</th><td class="mono">{index.table.clone()}</td><td class="num">{size}</td></tr> }
        .into_any()
}

pub fn plans(report: &Report) -> AnyView {
    let body = match &report.plans {
        Plans::NotAsked { why } => view! { <p class="quiet">{why.clone()}</p> }.into_any(),
        Plans::Asked { plans } => view! {
            <p class="quiet">"The planner was asked with hypothetical indexes (hypopg). Nothing was built, no query was carried out."</p>
            <ul class="findings">{plans.iter().map(plan).collect_view()}</ul>
        }
        .into_any(),
    };
    view! {
        <section aria-labelledby="plans">
            <h2 id="plans">"Expected plans"</h2>
            <div class="card stack">{body}</div>
        </section>
    }
    .into_any()
}

fn plan(plan: &Hoped) -> AnyView {
    let (verdict, word) = if plan.comes_true {
        (Verdict::Pass, "comes true")
    } else {
        (Verdict::Inconclusive, "will not come true")
    };
    view! {
        <li>
            {Sign::from(verdict).mark()}
            <div>
                <p><b>{plan.title.clone()}</b>" "<span class="quiet">{word}</span></p>
                <p class="small"><code>{plan.planner.clone()}</code></p>
            </div>
        </li>
    }
    .into_any()
}

pub fn programs(report: &Report) -> Option<AnyView> {
    if report.tools.is_empty() {
        return None;
    }
    Some(
        view! {
            <section aria-labelledby="programs">
                <h2 id="programs">"Programs"</h2>
                <ul class="card findings">{report.tools.iter().map(tool).collect_view()}</ul>
            </section>
        }
        .into_any(),
    )
}

fn tool(tool: &Tool) -> AnyView {
    let found = tool.path.is_some();
    let verdict = if found { Verdict::Pass } else { Verdict::Fail };
    let said = match (&tool.version, found) {
        (Some(version), _) => version.clone(),
        (None, true) => "is there; it is not started to ask for its version".to_owned(),
        (None, false) => "is not there".to_owned(),
    };
    view! {
        <li>
            {Sign::from(verdict).mark()}
            <p><code>{tool.program.clone()}</code>" "<span class="quiet">{said}</span></p>
        </li>
    }
    .into_any()
}
