//! The runbook's checklists, each line with its answer and what was seen.

use crate::run::view::ItemStatus;
use crate::run::{Actor, RunState};
use crate::runbook::{Item, Phase, Probe};
use crate::ui::parts::{Sign, when};
use leptos::prelude::*;

pub fn checklists(state: &RunState) -> AnyView {
    let phases = state.runbook.forward().filter(|phase| !phase.items.is_empty());
    phases.map(|phase| checklist(state, phase)).collect_view().into_any()
}

fn checklist(state: &RunState, phase: &Phase) -> AnyView {
    view! {
        <h3>{phase.title.clone()}</h3>
        <ul class="lines">{phase.items.iter().map(|item| line(state, item)).collect_view()}</ul>
    }
    .into_any()
}

fn line(state: &RunState, item: &Item) -> AnyView {
    let status = state.item_status(item);
    let known = state.items.get(&item.id).filter(|_| status != ItemStatus::Open);
    let told = known.map(|known| {
        let who = if known.by.who == Actor::CONSOLE { "a probe" } else { known.by.who.as_str() };
        view! { <p class="quiet small">"by "{who.to_owned()}", "{when::on(known.by.at)}" "{known.note.clone()}</p> }
    });
    let accepted = known.and_then(|known| known.accepted.clone()).map(|(by, why)| {
        view! { <p class="quiet small">"accepted by "{by.who}", "{when::on(by.at)}" "{why}</p> }
    });
    let evidence = known.map(|known| known.evidence.clone()).filter(|evidence| !evidence.is_empty());
    view! {
        <li>
            <p>{Sign::from(status).with(status.word())}" "<b>{item.title.clone()}</b></p>
            {told}{by_step(state, item)}{accepted}
            {evidence.map(|evidence| view! { <pre tabindex="0" role="group" aria-label="Evidence">{evidence}</pre> })}
        </li>
    }
    .into_any()
}

/// What the step came to that proves the line.
fn by_step(state: &RunState, item: &Item) -> Option<AnyView> {
    let Some(Probe::Step(id)) = &item.probe else { return None };
    let (_, step) = state.runbook.step(id)?;
    let judged = state.last_attempt(id).and_then(|attempt| attempt.judged.as_ref());
    let told = judged.map(|judged| view! { ", "{when::on(judged.at)}" "{judged.reason.clone()} });
    Some(view! { <p class="quiet small">"by the step \""{step.title.clone()}"\""{told}</p> }.into_any())
}
