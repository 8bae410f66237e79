//! Passing on one's word in a role, and what was passed on.

use super::{Ask, Field, Seen, when};
use crate::run::Command;
use crate::run::state::Delegation;
use crate::runbook::Id;
use leptos::prelude::*;

/// The form, folded; nothing for who may not pass it on.
pub fn delegate(seen: &Seen<'_>, role: &Id) -> Option<AnyView> {
    let command = Command::Delegate { role: role.clone(), to: "…".to_owned(), note: "…".to_owned() };
    // Any name will do to ask whether they might.
    seen.state.not_for(command.clone(), seen.actor).is_none().then_some(())?;
    let to = Field::required("to", "To whom, by the name they log in with");
    let to =
        to.hint("They need the permission approver here. It holds for this run, until you take it back.");
    let ask = Ask::new(command, format!("Pass on my word as {role}")).look("small").field(to);
    Some(ask.field(Field::required("note", "Why you pass it on")).folded("Pass it on…", seen))
}

/// What was passed on in a role and stands, each with the way to take it back for who did.
pub fn passed_on(seen: &Seen<'_>, role: &Id) -> AnyView {
    seen.state.passed_on(role).map(|passed| line(seen, passed)).collect_view().into_any()
}

fn line(seen: &Seen<'_>, passed: &Delegation) -> AnyView {
    let own = passed.from.who == seen.actor.name && seen.state.ended.is_none();
    let take_back = || {
        let command = Command::EndDelegation { role: passed.role.clone(), note: String::new() };
        Ask::new(command, "Take my word back").look("small").of(passed.role.to_string()).view(seen)
    };
    view! {
        <p class="answer">
            {passed.to.clone()}" signs in place of "{passed.from.who.clone()}", since "{when::at(passed.from.at)}
            <span class="note">{passed.note.clone()}</span>
        </p>
        {own.then(take_back)}
    }
    .into_any()
}
