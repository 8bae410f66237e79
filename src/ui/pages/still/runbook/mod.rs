//! What a runbook does, and the form that starts a run of it.

mod outline;
mod start;

use super::awaited;
use crate::api::Trouble;
use crate::api::still::{RunbookPage as Data, read_runbook};
use crate::runbook::Id;
use crate::ui::parts::{Notice, masthead};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// `/runbooks/{slug}`
#[component]
pub fn RunbookPage() -> impl IntoView {
    let slug = use_params_map().read_untracked().get("slug").unwrap_or_default();
    awaited(page(slug), shown)
}

async fn page(slug: String) -> Result<Data, Trouble> {
    read_runbook(Id::parse(&slug).map_err(|error| Trouble::NotFound(error.to_string()))?).await
}

fn shown(page: &Data) -> AnyView {
    let runbook = &page.runbook;
    view! {
        <Title text=runbook.title.clone()/>
        {masthead(&page.actor)}
        <main class="page" id="main">
            {page.refused.clone().map(|refused| view! { <Notice refusal=refused.refusal/> })}
            <header>
                <h1>{runbook.title.clone()}</h1>
                <p class="lead">{runbook.summary.clone()}</p>
                <p class="quiet small">"version "<span class="mono">{page.sha256.chars().take(12).collect::<String>()}</span>" (SHA-256 of its file)"</p>
            </header>
            <div class="beside">
                <div class="stack">{outline::outline(runbook)}</div>
                <div class="stack">{start::start(page)}</div>
            </div>
        </main>
    }
    .into_any()
}
