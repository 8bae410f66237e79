//! The line on top of every page: where one can go, and as whom.

use crate::run::Actor;
use leptos::prelude::*;

pub fn masthead(actor: &Actor) -> AnyView {
    let roles: Vec<String> = actor
        .permissions
        .iter()
        .map(|permission| permission.word().to_owned())
        .chain(actor.grants.iter().map(ToString::to_string))
        .chain(actor.sign_off_roles.iter().map(ToString::to_string))
        .collect();
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <header class="masthead">
            <a class="brand" href="/">"Kneeboard"</a>
            <nav aria-label="Console">
                <a href="/">"Runs"</a>
                <a href="/targets">"Targets"</a>
                <a href="/plans">"Plans"</a>
            </nav>
            <p class="person">
                <a href="/sessions"><b>{actor.name.clone()}</b><span class="unseen">": sessions and tokens"</span></a>
                " "<small>{roles.join(", ")}</small>
            </p>
            <form method="post" action="/logout"><button class="small" type="submit">"Log out"</button></form>
        </header>
    }
    .into_any()
}
