//! One person, one decision: what is to be signed, said so that it can be read and pressed with one thumb.

mod facts;

use super::awaited;
use crate::api::Trouble;
use crate::api::still::{SignPage as Data, read_sign};
use crate::run::state::SignOff;
use crate::run::to_sign::ToSign;
use crate::run::{Command, RunId};
use crate::runbook::{Id, Phase};
use crate::ui::parts::{
    Ask, Field, Notice, Seen, Sign, delegate, environment, intent, masthead, moved, passed_on, when,
};
use crate::verdict::Verdict;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// `/sign/{run}`
#[component]
pub fn SignPage() -> impl IntoView {
    let run = use_params_map().read_untracked().get("run").unwrap_or_default();
    awaited(page(run), shown)
}

async fn page(run: String) -> Result<Data, Trouble> {
    read_sign(RunId::parse(&run).map_err(|error| Trouble::NotFound(error.to_string()))?).await
}

fn shown(page: &Data) -> AnyView {
    let state = &page.state;
    let seen =
        Seen { state, actor: &page.actor, watching: None, refused: None, sent: &page.sent, at: "sign" };
    let to_sign = state.to_sign(&page.actor);
    let (title, body) = match &to_sign {
        ToSign::Wanted { phase, role } => {
            (format!("Sign \"{}\"", phase.title), wanted(page, &seen, phase, role))
        }
        ToSign::Given { phase, own } => {
            let title = format!("You {} \"{}\"", if own.given { "signed" } else { "refused" }, phase.title);
            (title, given(&seen, phase, own))
        }
        ToSign::NotYours { phase, why } => {
            ("This is not yours to sign".to_owned(), not_yours(&seen, phase, why))
        }
        ToSign::Nothing(why) => ("There is nothing to sign".to_owned(), said(why)),
    };
    view! {
        <Title text=title.clone()/>
        {masthead(&page.actor)}
        <main class="page narrow sign" id="main">
            {page.refused.clone().map(|refusal| view! { <Notice refusal/> })}
            <header>
                <p>{environment::environment(&state.target.environment)}" "{state.target.name.to_string()}</p>
                <h1>{title}</h1>
            </header>
            {body}
            <p><a href=format!("/runs/{}", state.run)>"The whole run: "{state.runbook.title.clone()}</a></p>
        </main>
    }
    .into_any()
}

fn said(why: &str) -> AnyView {
    view! { <p class="card lead">{why.to_owned()}</p> }.into_any()
}

/// Who passed on their word may take it back here.
fn not_yours(seen: &Seen<'_>, phase: &Phase, why: &str) -> AnyView {
    let roles = phase.gate.iter().flat_map(|gate| &gate.sign_offs).map(|rule| passed_on(seen, &rule.role));
    view! { {said(why)}{roles.collect_view()} }.into_any()
}

fn wanted(page: &Data, seen: &Seen<'_>, phase: &Phase, role: &Id) -> AnyView {
    let state = seen.state;
    let statement = phase.gate.as_ref().map(|gate| gate.statement.clone());
    let fell = state.moved.get(&phase.id);
    let resolved = state.intents.get(&phase.id);
    let (phase_id, role_id) = (phase.id.clone(), role.clone());
    let sign = Command::SignOff { phase: phase_id.clone(), role: role_id.clone(), note: "…".to_owned() };
    let refuse = Command::RefuseSignOff { phase: phase_id, role: role_id, note: "…".to_owned() };
    let other = state.in_place_of(&seen.actor.at(&state.target.name, &state.target.environment), phase, role);
    let label = match other {
        Some(other) => format!("Sign as {role}, in place of {other}"),
        None => format!("Sign as {role}"),
    };
    let sign = Ask::new(sign, label).look("go");
    let sign = sign.field(Field::optional("note", "Note"));
    let refuse = Ask::new(refuse, "Refuse to sign").field(Field::required("note", "Why you refuse"));
    let wait = resolved.is_none().then(|| {
        view! { <p class="notice">"What will run is still being looked at. Reload the page in a moment."</p> }
    });
    view! {
        {fell.map(moved)}
        <blockquote>{statement}</blockquote>
        {facts::facts(state, phase, page.preflight.as_ref())}
        {wait}
        {resolved.map(intent)}
        {delegate(seen, role)}
        <section class="decide" aria-label="Your decision">
            {sign.view(seen)}
            {refuse.folded("Refuse…", seen)}
        </section>
    }
    .into_any()
}

fn given(seen: &Seen<'_>, phase: &Phase, own: &SignOff) -> AnyView {
    let state = seen.state;
    let (verdict, word) = if own.given { (Verdict::Pass, "signed") } else { (Verdict::Fail, "refused") };
    let command =
        Command::WithdrawSignOff { phase: phase.id.clone(), role: own.role.clone(), note: "…".to_owned() };
    let take_back = Ask::new(command, if own.given { "Withdraw" } else { "Take the refusal back" });
    let take_back = take_back.field(Field::optional("note", "Note"));
    let lacks = state.gate_lacks(phase);
    let still = if lacks.is_empty() { "The gate is open.".to_owned() } else { format!("Still: {lacks}.") };
    view! {
        <section class="card stack">
            <p>{Sign::from(verdict).with(word)}" as "{own.role.to_string()}{own.in_place_of.clone().map(|other| format!(", in place of {other}"))}" "{when::at_utc(own.by.at)}</p>
            {(!own.note.is_empty()).then(|| view! { <p class="note">{own.note.clone()}</p> })}
            <p>{still}</p>
            {take_back.folded("Take it back…", seen)}
        </section>
        {state.intents.get(&phase.id).map(intent)}
    }
    .into_any()
}
