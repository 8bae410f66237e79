//! A refusal as people read it: why not, and what to do.

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
