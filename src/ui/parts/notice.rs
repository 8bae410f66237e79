//! A refusal or a failure as people read it: why not, and what to do.

use crate::api::Trouble;
use crate::run::Refusal;
use leptos::prelude::*;

#[component]
pub fn Notice(refusal: Refusal) -> impl IntoView {
    view! {
        <div class="notice refusal" role="alert">
            <p><span class="mark" aria-hidden="true">"✕"</span><strong>{refusal.why}</strong></p>
            {(!refusal.hint.is_empty()).then(|| view! { <p class="hint">{refusal.hint}</p> })}
        </div>
    }
}

/// A page whose data did not come.
pub fn trouble(trouble: &Trouble) -> AnyView {
    let (title, why, hint) = trouble.told();
    view! {
        <main class="page narrow" id="main">
            <h1>{title}</h1>
            <p>{why}</p>
            <p class="quiet">{hint}</p>
            <p><a class="button" href="/">"All runs and runbooks"</a></p>
        </main>
    }
    .into_any()
}
