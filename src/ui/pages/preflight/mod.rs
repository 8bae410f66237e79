//! What would happen if a run of this runbook were started on this target: seen in daylight, changing nothing.

mod head;
mod indexes;
mod parts;
mod remarks;

use crate::api::{PreflightPage as Data, Trouble, read_preflight};
use crate::preflight::Report;
use crate::runbook::Id;
use crate::ui::parts::{Notice, masthead, trouble};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// `/runbooks/{slug}/preflight?target={name}`
#[component]
pub fn PreflightPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked =
        Memo::new(move |_| (params.read().get("slug").unwrap_or_default(), query.read().get("target")));
    let data = Resource::new_blocking(
        move || asked.get(),
        |(slug, target)| async move {
            let id = |text: &str| Id::parse(text).map_err(|error| Trouble::NotFound(error.to_string()));
            read_preflight(id(&slug)?, target.as_deref().map(id).transpose()?).await
        },
    );
    view! {
        <Suspense>
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
