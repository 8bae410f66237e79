//! Setting up one's second factor, and taking it away.

use super::awaited;
use crate::api::still::{FactorSecret, SecondFactorPage as Data, Stands, read_second_factor};
use crate::ui::parts::{Notice, code_input, masthead};
use leptos::prelude::*;
use leptos_meta::Title;

/// `/second-factor`
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    view! {
        <Title text="Second factor"/>
        {awaited(read_second_factor(), shown)}
    }
}

fn shown(page: &Data) -> AnyView {
    let body = match &page.stands {
        Stands::None { has_password } => none(*has_password),
        Stands::Begun(secret) => begun(secret),
        Stands::Set => set(),
        Stands::NoBrowser => view! { <p class="card lead">"This is for people at a browser: an API token has no second factor."</p> }.into_any(),
    };
    view! {
        {masthead(&page.actor)}
        <main class="page narrow" id="main">
            <h1>"Second factor"</h1>
            <p class="quiet">"On production, starting a change, taking a way back and ending somebody's session take a code from your authenticator, at most once in five minutes. A password that was stolen is not enough."</p>
            {page.refused.clone().map(|refused| view! { <Notice refusal=refused.refusal/> })}
            {body}
            <p><a href="/sessions">"Sessions and tokens"</a></p>
        </main>
    }
    .into_any()
}

fn none(has_password: bool) -> AnyView {
    let password = has_password.then(|| {
        view! {
            <label class="field">
                <span>"Your password, once more"</span>
                <input name="password" type="password" autocomplete="current-password" required/>
            </label>
        }
    });
    let just_now = (!has_password).then(|| {
        view! { <p class="quiet">"It can be set up for five minutes after you have signed in."</p> }
    });
    view! {
        <form class="card stack" method="post" action="/second-factor">
            <p><b>"You have none."</b>" Have an authenticator app at hand: any that shows six digits will do."</p>
            <input type="hidden" name="kind" value="begin"/>
            {password}
            {just_now}
            <button class="go" type="submit">"Set it up"</button>
        </form>
    }
    .into_any()
}

fn begun(secret: &FactorSecret) -> AnyView {
    // Four modules of quiet around it (ISO/IEC 18004).
    let frame = format!("-4 -4 {0} {0}", secret.size + 8);
    view! {
        <section class="card stack">
            <p>"Scan this with your authenticator:"</p>
            <svg class="qr" viewBox=frame role="img" aria-label="QR code of the secret below">
                <path d=secret.path.clone()/>
            </svg>
            <p>"Or type the secret into it: "<code class="secret">{secret.text.clone()}</code></p>
            <form class="stack" method="post" action="/second-factor">
                <input type="hidden" name="kind" value="confirm"/>
                {code_input("The code that it shows now", true)}
                <button class="go" type="submit">"Confirm"</button>
            </form>
            <p class="quiet">"It counts once you have confirmed it. Whoever sees this page can make your codes: do not send it to anybody."</p>
        </section>
    }
    .into_any()
}

fn set() -> AnyView {
    view! {
        <section class="card stack">
            <p><b>"Yours is set up."</b></p>
            <details class="more">
                <summary>"Take it away, or move it to another phone…"</summary>
                <form class="stack" method="post" action="/second-factor">
                    <p class="quiet">"Then set it up anew. Is the phone lost? An admin runs "<code>"kneeboard user second-factor NAME --reset"</code>" on the server."</p>
                    <input type="hidden" name="kind" value="remove"/>
                    {code_input("A code of it", true)}
                    <button class="stop" type="submit">"Take it away"</button>
                </form>
            </details>
        </section>
    }
    .into_any()
}
