//! What would happen if a run of this runbook were started on this target: seen in daylight, changing nothing.

mod head;
mod indexes;
mod parts;
mod remarks;

use super::awaited;
use crate::api::Trouble;
use crate::api::still::{PreflightPage as Data, read_preflight};
use crate::preflight::Report;
use crate::runbook::Id;
use crate::ui::parts::{Notice, masthead};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// `/runbooks/{slug}/preflight?target={name}`
#[component]
pub fn PreflightPage() -> impl IntoView {
    let slug = use_params_map().read_untracked().get("slug").unwrap_or_default();
    let target = use_query_map().read_untracked().get("target");
    awaited(page(slug, target), shown)
}

async fn page(slug: String, target: Option<String>) -> Result<Data, Trouble> {
    let id = |text: &str| Id::parse(text).map_err(|error| Trouble::NotFound(error.to_string()));
    read_preflight(id(&slug)?, target.as_deref().map(id).transpose()?).await
}

fn shown(page: &Data) -> AnyView {
    view! {
        <Title text=format!("Preflight: {}", page.title)/>
        {masthead(&page.actor)}
        <main class="page preflight" id="main">
            {page.refused.clone().map(|refused| view! { <Notice refusal=refused.refusal/> })}
            {head::head(page)}
            {page.looked.report.as_deref().map(found)}
        </main>
    }
    .into_any()
}

fn found(report: &Report) -> AnyView {
    view! {
        {remarks::remarks(report)}
        {parts::parts(report)}
        {indexes::indexes(report)}
        {indexes::plans(report)}
        {indexes::programs(report)}
    }
    .into_any()
}
