//! Who are you? A plain form, and a plain link to another provider where there is one; the answers come from the server's own routes.

use crate::api::Provider;
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
    let provider = use_context::<Provider>().map(|provider| by_provider(&provider.name, &next));
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
            {provider}
        </main>
    }
}

/// A link and no form: a form's policy would have to name every address to which the provider leads on.
fn by_provider(name: &str, next: &str) -> AnyView {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let address = format!("/login/oidc?next={next}");
    view! { <p><a class="button" href=address>"Sign in with "{name.to_owned()}</a></p> }.into_any()
}
