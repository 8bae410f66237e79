//! The target's window: until when it is open, or why nothing may be changed now, and the glass for what cannot wait.

use crate::run::Command;
use crate::run::window::Window;
use crate::ui::parts::{Ask, Field, Seen, challenge, second_persons, when};
use leptos::prelude::*;

/// Nothing where the target has no calendar, and where the run changes nothing any more.
pub fn window(seen: &Seen<'_>) -> Option<AnyView> {
    let state = seen.state;
    let over = state.ended.is_some() || state.rollback.is_some() || state.succeeded();
    let window = state.window.as_ref().filter(|_| !over)?;
    let view = if window.open { open(window) } else { closed(seen, window) };
    Some(view! { <div class="window" id="window">{view}</div> }.into_any())
}

fn open(window: &Window) -> AnyView {
    view! { <p class="quiet">"The window is open: "{window.says.clone()}"."</p> }.into_any()
}

fn closed(seen: &Seen<'_>, window: &Window) -> AnyView {
    let glass = seen.state.glass.as_ref();
    if let Some((glass, (by, why))) = glass.and_then(|glass| Some((glass, glass.broken.as_ref()?))) {
        return view! {
            <div class="notice refusal" role="status">
                <p><strong>"The glass is broken: this run changes the target outside its window."</strong></p>
                <p>{glass.asked.who.clone()}" asked for it at "{when::at(glass.asked.at)}": "{glass.reason.clone()}</p>
                <p>{by.who.clone()}" broke it at "{when::at(by.at)}": "{why.clone()}</p>
            </div>
        }
        .into_any();
    }
    let form = form(seen);
    let open = glass.is_some() || form.was_sent(seen);
    let asked = glass.map(|glass| {
        view! {
            <p class="why">{glass.asked.who.clone()}" asked to break the glass at "{when::at(glass.asked.at)}". It breaks when a second person, an operator or an approver, does the same. The reason: "{glass.reason.clone()}</p>
        }
    });
    view! {
        <div class="notice">
            <p><strong>"Outside the window: "</strong>{window.says.clone()}". Steps that change the target wait; cancel and the ways back do not."</p>
            <details open=open>
                <summary>"It cannot wait…"</summary>
                {asked.is_none().then(|| view! { <p class="quiet">"It takes two: you ask for it, and a second person does the same. It holds for this run, until the calendar turns."</p> })}
                {asked}
                {form.view(seen)}
            </details>
        </div>
    }
    .into_any()
}

fn form(seen: &Seen<'_>) -> Ask {
    let glass = seen.state.glass.as_ref();
    let label = if glass.is_some() { "Break the glass" } else { "Ask to break the glass" };
    let asked = glass.filter(|glass| glass.asked.who != seen.actor.name).map(|glass| glass.seq);
    let shown = challenge(seen, asked);
    let command = Command::BreakGlass { reason: "…".to_owned(), shown: shown.clone().unwrap_or_default() };
    let form = Ask::new(command, label).look("stop").field(Field::required("reason", "Why it cannot wait"));
    form.fields(shown.map(|shown| second_persons(&shown)))
}
