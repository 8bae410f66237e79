//! Any plan to look at, from a file or the clipboard, alone or beside an earlier one.

use crate::api::{Pasted, PlansPage as Data, read_plans};
use crate::plan::{self, Plan};
use crate::text::number;
use crate::ui::parts::{masthead, trouble};
use crate::ui::plan::{Captured, PlanComparison, PlanTree};
use leptos::prelude::*;
use leptos_meta::Title;

/// What to run for it. ANALYZE carries the statement out, hence the transaction.
const ASK: &str = "BEGIN;
EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT JSON) SELECT …;
ROLLBACK;";

/// Beyond so many nodes a page helps nobody.
const MOST_NODES: usize = 5_000;

/// `/plans`
#[component]
pub fn PlansPage() -> impl IntoView {
    let data = Resource::new_blocking(|| (), |()| read_plans());
    view! {
        <Title text="Plans"/>
        <Suspense fallback=|| view! { <main class="page" id="main"><p role="status">"Loading …"</p></main> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(page) => shown(&page),
                    Err(why) => trouble(&why),
                }
            })}
        </Suspense>
    }
}

fn shown(page: &Data) -> AnyView {
    let Pasted { plan, earlier } = &page.pasted;
    view! {
        {masthead(&page.actor)}
        <main class="page" id="main">
            <h1>"Plans"</h1>
            {looked(plan, earlier)}
            <form class="card stack" method="post" action="/plans" enctype="multipart/form-data">
                <h2>"Look at a plan"</h2>
                <p>"The output of "<code>"EXPLAIN (FORMAT JSON)"</code>" of PostgreSQL 12 or newer, also as psql prints it. Nothing of it is kept."</p>
                <div class="plan-fields">
                    {field("plan", "Plan", plan)}
                    {field("earlier", "Earlier plan of the same statement, to compare with (optional)", earlier)}
                </div>
                <p><button class="go" type="submit">"Show"</button></p>
                <details>
                    <summary>"How to get one"</summary>
                    <pre class="cmd" tabindex="0" role="region" aria-label="Statements">{ASK}</pre>
                </details>
            </form>
        </main>
    }
    .into_any()
}

fn field(name: &'static str, label: &'static str, text: &str) -> AnyView {
    let file = format!("{name}_file");
    view! {
        <div class="stack">
            <label class="field">
                <span>{label}</span>
                <textarea name=name rows="6" spellcheck="false" autocomplete="off">{text.to_owned()}</textarea>
            </label>
            <label class="field">
                <small>"or a file of it"</small>
                <input type="file" name=file accept=".json,.txt,application/json,text/plain"/>
            </label>
        </div>
    }
    .into_any()
}

fn looked(plan: &str, earlier: &str) -> AnyView {
    let read = |text: &str| (!text.trim().is_empty()).then(|| read(text));
    match (read(earlier), read(plan)) {
        (None, None) => ().into_any(),
        (Some(Ok(before)), Some(Ok(after))) => {
            let [before, after] = [before, after].map(|plan| Captured { plan, ms: None, raw: None });
            view! { <div class="card"><PlanComparison before after expected=Vec::new()/></div> }.into_any()
        }
        (None, Some(Ok(plan))) | (Some(Ok(plan)), None) => {
            view! { <div class="card"><PlanTree plan expected=Vec::new()/></div> }.into_any()
        }
        (earlier, plan) => {
            view! { {refused("The plan", plan)} {refused("The earlier plan", earlier)} }.into_any()
        }
    }
}

fn read(text: &str) -> Result<Plan, String> {
    let plan = plan::parse(text).map_err(|error| format!("cannot be read: {error}."))?;
    let nodes = plan.nodes.len();
    if nodes > MOST_NODES {
        let (nodes, most) = (number::grouped(nodes as u64), number::grouped(MOST_NODES as u64));
        return Err(format!(
            "has {nodes} nodes, this page shows at most {most}: kneeboard plan FILE shows any."
        ));
    }
    Ok(plan)
}

fn refused(which: &'static str, read: Option<Result<Plan, String>>) -> Option<AnyView> {
    let why = format!("{which} {}", read?.err()?);
    let view = view! {
        <div class="notice refusal" role="alert">
            <p><span class="mark" aria-hidden="true">"✕"</span><strong>{why}</strong></p>
        </div>
    };
    Some(view.into_any())
}
