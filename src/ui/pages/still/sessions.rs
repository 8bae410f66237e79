//! Open sessions and API tokens, each with a button that ends it.

use super::awaited;
use crate::api::still::{SessionsPage as Data, read_sessions};
use crate::server::auth::{Session, Token};
use crate::ui::parts::{Notice, masthead, when};
use leptos::prelude::*;
use leptos_meta::Title;

/// `/sessions`
#[component]
pub fn SessionsPage() -> impl IntoView {
    view! {
        <Title text="Sessions"/>
        {awaited(read_sessions(), shown)}
    }
}

fn shown(page: &Data) -> AnyView {
    let whose = if page.keys.all { "Everybody's, for you keep the people." } else { "Yours." };
    let none = page.keys.tokens.is_empty().then(|| {
        view! {
            <p class="quiet">"None. "<code>"kneeboard token add"</code>" makes one on the server."</p>
        }
    });
    view! {
        {masthead(&page.actor)}
        <main class="page" id="main">
            <h1>"Sessions"</h1>
            <p class="quiet">{whose}" End what you do not know, and give yourself a new password then."</p>
            {page.refused.clone().map(|refused| view! { <Notice refusal=refused.refusal/> })}
            <ul class="keys">{page.keys.sessions.iter().map(|session| of_session(page, session)).collect_view()}</ul>
            <p><a href="/second-factor">"Your second factor"</a></p>
            <h2>"API tokens"</h2>
            {none}
            <ul class="keys">{page.keys.tokens.iter().map(|token| of_token(page, token)).collect_view()}</ul>
        </main>
    }
    .into_any()
}

fn of_session(page: &Data, session: &Session) -> AnyView {
    let this = page.this.as_ref() == Some(&session.id);
    let agent =
        if session.agent.is_empty() { "a program that does not say what it is" } else { &session.agent };
    let name = format!("session of {} from {}", session.person, session.address);
    view! {
        <li class="card row">
            <div>
                <p><b>{session.person.clone()}</b>" from "<code>{session.address.clone()}</code>{this.then_some(" · this session")}</p>
                <p class="quiet">{agent.to_owned()}</p>
                <p class="quiet">"Opened "{when::on(session.created_at)}", last seen "{when::on(session.seen_at)}</p>
            </div>
            <form method="post" action="/sessions">
                <input type="hidden" name="kind" value="session"/>
                <input type="hidden" name="id" value=session.id.clone()/>
                <button type="submit">"End"<span class="unseen">" the "{name}</span></button>
            </form>
        </li>
    }
    .into_any()
}

fn of_token(page: &Data, token: &Token) -> AnyView {
    let over = token.expires_at <= page.now;
    let name = format!("token {} of {}", token.name, token.person);
    view! {
        <li class="card row">
            <div>
                <p><b>{token.name.clone()}</b>" of "{token.person.clone()}", to "{token.scope.word()}</p>
                <p class="quiet">{if over { "Ended " } else { "Good until " }}{when::on(token.expires_at)}</p>
            </div>
            <form method="post" action="/sessions">
                <input type="hidden" name="kind" value="token"/>
                <input type="hidden" name="person" value=token.person.clone()/>
                <input type="hidden" name="name" value=token.name.clone()/>
                <button type="submit">"Revoke"<span class="unseen">" the "{name}</span></button>
            </form>
        </li>
    }
    .into_any()
}
