//! Who are you? A plain form; the answer comes from the server's own route.

use crate::ui::Refused;
use crate::ui::parts::Notice;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Posts `name`, `password` and `next` (where to go afterwards) to `/login`. A refusal arrives as `Refused` in the context.
#[component]
pub fn LoginPage() -> impl IntoView {
    let refused = use_context::<Refused>();
    let name = refused.as_ref().and_then(|refused| refused.fields.get("name").cloned());
    let next = use_query_map().read_untracked().get("next").unwrap_or_else(|| "/".to_owned());
    view! {
        <Title text="Log in"/>
        <main class="page narrow login" id="main">
            <h1>"Kneeboard"</h1>
            <p class="quiet">"Walks a PostgreSQL change, with the way back always in reach."</p>
            {refused.map(|refused| view! { <Notice refusal=refused.refusal/> })}
            <form class="card stack" method="post" action="/login">
                <input type="hidden" name="next" value=next/>
                <label class="field">
                    <span>"Name"</span>
                    <input name="name" value=name autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus/>
                </label>
                <label class="field">
                    <span>"Password"</span>
                    <input name="password" type="password" autocomplete="current-password" required/>
                </label>
                <button class="go" type="submit">"Log in"</button>
            </form>
        </main>
    }
}
