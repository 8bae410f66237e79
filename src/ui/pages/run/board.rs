//! Where the parts of a run's page stand.

use super::following::following;
use super::page::Page;
use super::present::Present;
use super::{checklist, database, finish, head, phases, rail, sign_offs, strip, timeline, way_back};
use crate::run::Refusal;
use crate::ui::parts::{Notice, masthead};
use leptos::prelude::*;
use leptos_meta::Title;

/// `refused`: the page is the answer to a form that was refused.
#[component]
pub fn Board(page: Page, refused: Option<Refusal>) -> impl IntoView {
    let submit = following(page);
    let title = move || {
        let state = page.state.read();
        let word = state.ended.as_ref().map_or("", |ended| ended.ending.word());
        format!("{word} {} · {}", state.runbook.title, state.target.name).trim().to_owned()
    };
    let phase_key = move || {
        let (state, choice) = (page.state.read(), page.choice.read());
        choice.phase(&state).map(|phase| phase.id.clone())
    };
    let gate = move || {
        page.see(|seen| {
            let choice = page.choice.read();
            choice
                .phase(seen.state)
                .map(|phase| (checklist::checklist(seen, phase), sign_offs::sign_offs(seen, phase)))
        })
    };
    view! {
        <Title text=title/>
        {masthead(&page.actor())}
        {move || strip::strip(&page.state.read(), page.now.get(), page.link.get())}
        <main class="run" id="main" on:submit=submit>
            {refused.map(|refusal| view! { <Notice refusal/> })}
            {move || page.homeless_refusal().map(|refusal| view! { <Notice refusal/> }.into_any())}
            {move || page.see(head::head)}
            {move || phases::phases(&page.state.read(), &page.choice.read())}
            <div class="board">
                {move || rail::rail(&page.state.read(), &page.choice.read())}
                <div class="centre">
                    <Present page/>
                    // A note that somebody is writing belongs to one phase only.
                    <For each=move || phase_key().into_iter() key=Clone::clone let:_phase>{gate}</For>
                    {move || page.see(finish::finish)}
                </div>
                <div class="side">
                    {move || database::database(&page.state.read())}
                    {move || page.see(way_back::way_back)}
                </div>
                {move || page.see(|seen| timeline::timeline(seen, &page.events.read()))}
            </div>
        </main>
        {move || thumb(page)}
    }
    .into_any()
}

/// On a phone: the ways out, in reach of the thumb.
fn thumb(page: Page) -> AnyView {
    let state = page.state.read();
    let running = state.live_attempt().is_some_and(|attempt| attempt.ended_at.is_none());
    let back = !state.runbook.rollback.is_empty();
    view! {
        <nav class="thumb" aria-label="Ways out">
            {running.then(|| view! { <a class="button stop" href="#cancel">"Cancel…"</a> })}
            {back.then(|| view! { <a class="button back" href="#way-back">"Roll back…"</a> })}
        </nav>
    }
    .into_any()
}
