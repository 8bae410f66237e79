//! Where the parts of a run's page stand.

use super::following::following;
use super::just_ended::just_ended;
use super::page::Page;
use super::present::Present;
use super::watch::Watched;
use super::{
    checklist, controls, database, finish, head, ledger, phases, rail, sign_offs, strip, timeline, way_back,
    window,
};
use crate::run::Refusal;
use crate::ui::parts::{Notice, masthead};
use leptos::prelude::*;
use leptos_meta::Title;

/// `refused`: the page is the answer to a form that was refused.
#[component]
pub fn Board(page: Page, refused: Option<Refusal>) -> impl IntoView {
    let submit = following(page);
    let title = ArcMemo::new(move |_| {
        let state = page.state.read();
        let word = state.ended.as_ref().map_or("", |ended| ended.ending.word());
        format!("{word} {} · {}", state.runbook.title, state.target.name).trim().to_owned()
    });
    // Worked out at once: the server writes the head last, where the page's signals may be out of reach.
    title.get_untracked();
    let phase_key = move || {
        let (state, choice) = (page.state.read(), page.choice.read());
        choice.phase(&state).map(|phase| phase.id.clone())
    };
    let gate_first = Memo::new(move |_| page.choice.read().gate_first(&page.state.read()));
    let gate_of_phase = move || {
        page.see(|seen| {
            let choice = page.choice.read();
            let phase = choice.phase(seen.state)?;
            let (lines, signed) = (checklist::checklist(seen, phase), sign_offs::sign_offs(seen, phase));
            // What is left to be done comes first.
            let sign_first = seen.state.phase_complete(phase) && !seen.state.signed(phase);
            Some(if sign_first { (signed, lines) } else { (lines, signed) })
        })
    };
    // A note that somebody is writing belongs to one phase only.
    let gate = move || {
        view! { <For each=move || phase_key().into_iter() key=Clone::clone let:_phase>{gate_of_phase}</For> }
    };
    view! {
        <Title text=move || title.get()/>
        {masthead(&page.actor())}
        {move || strip::strip(&page.state.read(), page.now.get(), page.link.get())}
        <main class="run" id="main" on:submit=submit>
            {refused.map(|refusal| view! { <Notice refusal/> })}
            {move || page.homeless_refusal().map(|refusal| view! { <Notice refusal/> }.into_any())}
            {move || page.see(head::head)}
            {move || page.see(controls::controls)}
            {move || page.see(window::window)}
            {move || phases::phases(&page.state.read(), &page.choice.read())}
            <div class="board">
                {move || rail::rail(&page.state.read(), &page.choice.read())}
                <div class="centre">
                    {move || just_ended(&page.state.read(), &page.choice.read())}
                    {move || page.see(finish::done)}
                    {move || if gate_first.get() {
                        view! { {gate()}<Present page/> }.into_any()
                    } else {
                        view! { <Present page/>{gate()} }.into_any()
                    }}
                    {move || page.see(finish::abandon)}
                    {move || ledger::ledger(&page.state.read())}
                </div>
                <div class="side">
                    <Watched page/>
                    {move || page.see_now(database::database)}
                    {move || page.see_now(way_back::way_back)}
                </div>
                {move || page.see(|seen| timeline::timeline(seen, &page.events.read()))}
            </div>
        </main>
    }
    .into_any()
}
