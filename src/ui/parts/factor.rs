//! The code of a second factor beside a command that takes one.

use super::Seen;
use crate::run::{Command, Proof};
use leptos::prelude::*;

/// Six digits, as phones and password managers offer them.
pub fn code_input(label: &'static str, required: bool) -> AnyView {
    view! {
        <label class="field">
            <span>{label}</span>
            <input name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" maxlength="7" size="8" required=required/>
        </label>
    }
    .into_any()
}

/// Nothing where the command takes none, or whoever looks can show none. It may be left empty: whether five minutes are over by the time it is
/// sent is the server's to say.
pub fn factor(seen: &Seen<'_>, command: &Command) -> Option<AnyView> {
    if !seen.state.takes_factor(command) {
        return None;
    }
    match seen.actor.proof {
        Proof::Session { has_factor: true, .. } => Some(
            view! {
                {code_input("Code of your second factor", false)}
                <small class="quiet">"From your authenticator. Leave it empty if you have shown one within five minutes."</small>
            }
            .into_any(),
        ),
        Proof::Session { has_factor: false, .. } => Some(
            view! {
                <p class="why">"This takes a second factor here, and you have none: "<a href="/second-factor" rel="external">"set one up"</a>" first."</p>
            }
            .into_any(),
        ),
        Proof::Token | Proof::Terminal => None,
    }
}
