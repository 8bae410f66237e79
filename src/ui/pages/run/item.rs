//! One line of the checklist: what is asked, what was answered, by whom, and the controls for it.

use crate::run::event::Answer;
use crate::run::state::ItemState;
use crate::run::view::ItemStatus;
use crate::run::{Actor, Command};
use crate::runbook::{Item, Probe};
use crate::ui::parts::{Ask, Field, Seen, Sign, when};
use leptos::prelude::*;

pub fn item(seen: &Seen<'_>, item: &Item) -> AnyView {
    let status = seen.state.item_status(item);
    let known = seen.state.items.get(&item.id);
    let class = if status.done() { "item done" } else { "item" };
    view! {
        <li class=class id=format!("item-{}", item.id)>
            <span class="sign">{Sign::from(status).mark()}</span>
            <div class="body">
                <p class="title">{item.title.clone()}<span class="unseen">": "{status.word()}</span></p>
                {item.help.clone().map(|help| view! { <p class="help">{help}</p> })}
                {known.map(|known| answer(known, status))}
                {proof(item, status)}
            </div>
            <div class="controls">{controls(seen, item, status)}</div>
        </li>
    }
    .into_any()
}

/// Who said so, when, and what was seen.
fn answer(known: &ItemState, status: ItemStatus) -> AnyView {
    let who = if known.by.who == Actor::CONSOLE { "probe".to_owned() } else { known.by.who.clone() };
    let told = !matches!(status, ItemStatus::Open);
    let evidence = known.evidence.clone();
    let accepted = known.accepted.clone();
    view! {
        {told.then(|| view! {
            <p class="answer">
                <b>{status.word()}</b>" · "{who}" "{when::at(known.by.at)}
                {(!known.note.is_empty()).then(|| view! { <span class="note">{known.note.clone()}</span> })}
            </p>
        })}
        {accepted.map(|(by, note)| view! {
            <p class="answer"><b>"accepted"</b>" · "{by.who}" "{when::at(by.at)}<span class="note">{note}</span></p>
        })}
        {(!evidence.is_empty()).then(|| view! {
            <details class="evidence"><summary>"Evidence"</summary><pre>{evidence}</pre></details>
        })}
    }
    .into_any()
}

/// How a line is proven, where a person cannot answer it.
fn proof(item: &Item, status: ItemStatus) -> Option<AnyView> {
    match &item.probe {
        Some(Probe::Step(step)) if !status.done() => {
            let href = format!("?step={step}#step");
            Some(
                view! { <p class="answer">"Proven by the step "<a href=href>{step.to_string()}</a></p> }
                    .into_any(),
            )
        }
        _ => None,
    }
}

fn controls(seen: &Seen<'_>, item: &Item, status: ItemStatus) -> Option<AnyView> {
    if seen.state.ended.is_some() {
        return None;
    }
    let accept =
        matches!(status, ItemStatus::Failed | ItemStatus::Inconclusive).then(|| accept(seen, item, status));
    let own = match &item.probe {
        Some(Probe::Step(_)) => None,
        Some(_) => Some(probe(seen, item, status)),
        None => Some(by_hand(seen, item, status)),
    };
    Some(view! { {own}{accept} }.into_any())
}

fn probe(seen: &Seen<'_>, item: &Item, status: ItemStatus) -> AnyView {
    if status == ItemStatus::Asked {
        return view! { <span class="quiet">"asking …"</span> }.into_any();
    }
    let label = if status == ItemStatus::Open { "Ask" } else { "Ask again" };
    Ask::new(Command::Probe { item: item.id.clone() }, label).look("small").of(item.title.clone()).view(seen)
}

fn accept(seen: &Seen<'_>, item: &Item, status: ItemStatus) -> AnyView {
    let word = if status == ItemStatus::Failed { "Override…" } else { "Accept…" };
    let command = Command::AcceptItem { item: item.id.clone(), note: "…".to_owned() };
    let field = Field::required("note", "Why it is good enough").hint("Kept with the run, with your name.");
    Ask::new(command, word.trim_end_matches('…')).look("small").field(field).folded(word, seen)
}

fn by_hand(seen: &Seen<'_>, item: &Item, status: ItemStatus) -> AnyView {
    let with =
        |answer, note: &str| Command::AnswerItem { item: item.id.clone(), answer, note: note.to_owned() };
    if status.done() {
        let back = Ask::new(with(Answer::Open, ""), "Take back").look("small").of(item.title.clone());
        return back.view(seen);
    }
    let done = Ask::new(with(Answer::Done, ""), "Done").look("small go").of(item.title.clone());
    let noted = Ask::new(with(Answer::Done, "…"), "Done, with this note")
        .look("small")
        .place("noted")
        .field(Field::optional("note", "Note"));
    let not_applicable = Ask::new(with(Answer::NotApplicable, "…"), "Not applicable")
        .look("small")
        .field(Field::required("note", "Why the line does not apply"));
    let open = noted.was_sent(seen) || not_applicable.was_sent(seen);
    view! {
        {done.view(seen)}
        <details class="more" open=open>
            <summary>"Note, or not applicable"<span class="unseen">": "{item.title.clone()}</span></summary>
            {noted.view(seen)}
            {not_applicable.view(seen)}
        </details>
    }
    .into_any()
}
