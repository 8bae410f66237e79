//! The step that is looked at, large: by default the one where the run stands.

use super::log::Log;
use super::page::Page;
use super::results::results;
use super::{choices, database, step};
use leptos::prelude::*;

#[component]
pub fn Present(page: Page) -> impl IntoView {
    // Texts that somebody is writing, and open parts, belong to one step only.
    let key = move || page.step_id().into_iter();
    view! { <For each=key key=Clone::clone let:_step><Shown page/></For> }.into_any()
}

#[component]
fn Shown(page: Page) -> impl IntoView {
    let of_step =
        move |part: &dyn Fn(&crate::ui::parts::Seen<'_>, &crate::runbook::Step) -> Option<AnyView>| {
            page.see(|seen| part(seen, page.choice.read().step(seen.state)?))
        };
    let log_key = move || {
        let part = page.part.read();
        part.as_ref().map(|part| (part.step.clone(), part.attempt, part.look.clone())).into_iter()
    };
    let log = move || page.part.get_untracked().map(|part| view! { <Log page part/> }.into_any());
    let judged = move || page.choice.read().attempt(&page.state.read()).and_then(database::judged);
    let left = move || {
        let (state, choice) = (page.state.read(), page.choice.read());
        page.result.read().as_ref().map(|result| results(result, choice.step(&state)))
    };
    view! {
        <section class="card step" id="step" aria-labelledby="step-title">
            {move || of_step(&|seen, step| Some(step::head(seen.state, &page.choice.read(), step)))}
            {move || step::held(&page.state.read(), &page.choice.read(), page.now.get())}
            {move || step::budget(&page.state.read(), &page.choice.read(), page.now.get())}
            {judged}
            {move || page.see(|seen| step::cancel(seen, &page.choice.read()))}
            {move || of_step(&choices::choices)}
            {left}
            <For each=log_key key=Clone::clone let:_part>{log()}</For>
        </section>
    }
    .into_any()
}
