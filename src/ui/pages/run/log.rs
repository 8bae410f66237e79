//! The log on the page: what the server gave of it, taken over by the browser where scripts run.

use super::output::{Shown, found, line, older, toolbar};
use super::page::{Page, Part};
use crate::api::read_step;
use crate::ui::live::{Link, LogView, attach, attached, detach};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

/// Grows while the attempt runs and its tail is looked at. A view that looks at older lines or at a search stands still.
#[component]
pub fn Log(page: Page, part: Part) -> impl IntoView {
    let scroller = NodeRef::<Div>::new();
    let up = RwSignal::new(false);
    if let Some(hits) = &part.log.found {
        return view! { {toolbar(&part)}{found(&part, hits)} }.into_any();
    }
    let Shown { whole, open, lines } = Shown::of(&part.log);
    let (count, from, still) = (whole.len(), part.log.chunk.from, part.before.is_some());
    Effect::new(move |_| {
        let Some(element) = scroller.get() else { return };
        if let Some(view) =
            LogView::new(element.unchecked_into(), lines.clone(), count, from).filter(|_| !still)
        {
            attach(view);
            // The stream ran ahead while this was read.
            if !matches!(page.link.get_untracked(), Link::Still(_)) {
                catch_up(page);
            }
        }
    });
    on_cleanup(detach);
    let back = StoredValue::new(part.clone());
    let page_back = move |event: leptos::ev::MouseEvent| {
        if let Some(view) = attached() {
            event.prevent_default();
            spawn_local(async move {
                let part = back.get_value();
                let older = read_step(part.run, part.step, part.attempt, Some(view.first()), None).await;
                if let Ok(Some(log)) = older.map(|page| page.log) {
                    view.prepend(&log.chunk);
                }
            });
        }
    };
    view! {
        {toolbar(&part)}
        <div class="older-line" on:click=page_back>{older(&part)}</div>
        <div
            class="log"
            node_ref=scroller
            tabindex="0"
            role="log"
            aria-live="off"
            aria-label="Output"
            on:scroll=move |_| up.set(attached().is_some_and(|view| !view.at_tail()))
        >
            <div>
                <div class="chunk">{whole.iter().map(line).collect_view()}</div>
                <div class="open">{open.iter().map(line).collect_view()}</div>
            </div>
        </div>
        <p class="tail">
            {move || up.get().then(|| view! {
                <button class="small" type="button" on:click=move |_| { attached().inspect(|view| view.to_tail()); }>"To the end"</button>
            })}
        </p>
    }
    .into_any()
}

/// Reads the tail of the log that is looked at: of a stream that ran ahead, or behind a gap.
pub fn catch_up(page: Page) {
    let Some((step, attempt, None, None)) = untrack(|| page.looked()) else { return };
    let run = page.state.read_untracked().run.clone();
    spawn_local(async move {
        if let (Ok(shown), Some(view)) = (read_step(run, step, attempt, None, None).await, attached())
            && let Some(log) = shown.log
            && log.chunk.to > view.next()
            && !view.feed(&log.chunk)
        {
            view.restart(&log.chunk);
        }
    });
}
