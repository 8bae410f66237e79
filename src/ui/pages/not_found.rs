//! What stands at an address that is none of ours.

use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Title text="Nothing here"/>
        <main class="page narrow" id="main">
            <h1>"Nothing stands at this address"</h1>
            <p>"A run, a runbook or a page with this name is not here. It may be on another console."</p>
            <p><a class="button" href="/">"All runs and runbooks"</a></p>
        </main>
    }
}
