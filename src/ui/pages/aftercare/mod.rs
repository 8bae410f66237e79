//! How a database lives with the change, asked again while the page is open. What its figures mean is `crate::aftercare`'s matter.

mod chart;
mod figure;
mod head;
mod indexes;
mod slow;
mod tables;
mod trend;

use crate::api::{AftercarePage as Data, Trouble, read_aftercare};
use crate::run::RunId;
use crate::ui::parts::{masthead, trouble};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use std::time::Duration;

/// How often the open page asks.
const EVERY: Duration = Duration::from_secs(10);

/// `/runs/{id}/aftercare`
#[component]
pub fn AftercarePage() -> impl IntoView {
    let params = use_params_map();
    let data = Resource::new_blocking(
        move || params.read().get("id").unwrap_or_default(),
        |id| async move {
            let run = RunId::parse(&id).map_err(|error| Trouble::NotFound(error.to_string()))?;
            read_aftercare(run).await
        },
    );
    Effect::new(move |_| {
        if let Ok(handle) = set_interval_with_handle(move || data.refetch(), EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
    view! {
        <Title text="Aftercare"/>
        <Transition>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(page) => shown(&page),
                    Err(why) => trouble(&why),
                }
            })}
        </Transition>
    }
}

fn shown(page: &Data) -> AnyView {
    let report = &page.report;
    let looked = report.look.as_ref().map(|look| {
        view! {
            {head::concerns(report)}
            {slow::slow(report, look)}
            {indexes::indexes(report, look)}
            {tables::tables(report, look)}
            {trend::trend(look)}
        }
    });
    view! {
        {masthead(&page.actor)}
        <main class="page aftercare" id="main">
            {head::head(report)}
            {looked}
        </main>
    }
    .into_any()
}
