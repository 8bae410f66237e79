//! The log on the page: what the server gave of it, taken over by the browser where scripts run.

use super::output::{Shown, found, line, older, to_tail, toolbar};
use super::page::{Page, Part};
use crate::api::read_step;
use crate::run::choice::Look;
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
        return view! { {found(&part, hits)}{toolbar(&part)} }.into_any();
    }
    let Shown { whole, open, lines } = Shown::of(&part.log);
    let (count, from, still) = (whole.len(), part.log.chunk.from, part.look.before.is_some());
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
    let older_left = RwSignal::new(from > 0);
    let asked = StoredValue::new(false);
    let kept = StoredValue::new(part.clone());
    let page_back = move || {
        let Some(view) = attached().filter(|_| older_left.get_untracked()) else { return };
        if asked.get_value() {
            return;
        }
        asked.set_value(true);
        spawn_local(async move {
            let Part { run, step, attempt, .. } = kept.get_value();
            let look = Look { before: Some(view.first()), ..Look::default() };
            if let Ok(Some(log)) = read_step(run, step, attempt, look).await.map(|page| page.log) {
                let Shown { mut whole, open, .. } = Shown::of(&log);
                whole.extend(open);
                view.prepend(&whole, log.chunk.from);
                older_left.try_set(log.chunk.from > 0);
            }
            asked.try_set_value(false);
        });
    };
    let click = move |event: leptos::ev::MouseEvent| {
        if attached().is_some() {
            event.prevent_default();
            page_back();
        }
    };
    let scroll = move |_| {
        let Some(view) = attached() else { return };
        up.set(!view.at_tail());
        if view.at_head() {
            page_back();
        }
    };
    view! {
        <div class="older-line" on:click=click>{move || older_left.get().then(|| kept.with_value(older))}</div>
        <div
            class="log"
            node_ref=scroller
            tabindex="0"
            role="log"
            aria-live="off"
            aria-label="Output"
            on:scroll=scroll
        >
            <div>
                <div class="chunk">{whole.iter().map(line).collect_view()}</div>
                <div class="open">{open.iter().map(line).collect_view()}</div>
            </div>
        </div>
        <p class="tail">
            {still.then(|| to_tail(&part))}
            {move || up.get().then(|| view! {
                <button class="small" type="button" on:click=move |_| { attached().inspect(|view| view.to_tail()); }>"To the end"</button>
            })}
        </p>
        {toolbar(&part)}
    }
    .into_any()
}

/// Reads the tail of the log that is looked at: of a stream that ran ahead, or behind a gap.
pub fn catch_up(page: Page) {
    let Some((step, attempt, look)) = untrack(|| page.looked()).filter(|looked| looked.2.at_tail()) else {
        return;
    };
    let run = page.state.read_untracked().run.clone();
    spawn_local(async move {
        if let (Ok(shown), Some(view)) = (read_step(run, step, attempt, look).await, attached())
            && let Some(log) = shown.log
            && log.chunk.to > view.next()
            && !view.feed(&log.chunk)
        {
            view.restart(&log.chunk);
        }
    });
}
