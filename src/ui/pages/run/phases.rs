//! The phases in a row, read at arm's length.

use crate::run::RunState;
use crate::run::choice::Choice;
use crate::runbook::{Phase, PhaseKind};
use crate::ui::parts::Sign;
use leptos::prelude::*;

pub fn phases(state: &RunState, choice: &Choice) -> AnyView {
    let shown = choice.phase(state).map(|phase| phase.id.clone());
    let on_the_way_back = state.rollback.is_some();
    let back =
        state.runbook.phases.iter().filter(|phase| on_the_way_back && phase.kind == PhaseKind::Rollback);
    let rows = state.runbook.forward().map(|phase| (phase, false)).chain(back.map(|phase| (phase, true)));
    let cells = rows.map(|(phase, back)| cell(state, phase, back, shown.as_ref() == Some(&phase.id)));
    view! { <nav class="phases" aria-label="Phases"><ol>{cells.collect_view()}</ol></nav> }.into_any()
}

fn cell(state: &RunState, phase: &Phase, back: bool, shown: bool) -> AnyView {
    let (sign, class, word, small) = if back { way_back(state) } else { forward(state, phase) };
    let href = format!("?phase={}#checklist", phase.id);
    let href = if back { "#step".to_owned() } else { href };
    view! {
        <li class=class aria-current=(class == "now").then_some("step")>
            <a href=href aria-label=format!("{}: {word}, {small}", phase.title) aria-current=shown.then_some("true")>
                <span class="title">{sign.mark()}" "{phase.title.clone()}</span>
                <small>{small.clone()}</small>
            </a>
        </li>
    }
    .into_any()
}

type Cell = (Sign, &'static str, &'static str, String);

fn forward(state: &RunState, phase: &Phase) -> Cell {
    let current = state.current_phase().is_some_and(|current| current.id == phase.id);
    let open = state.gate_open(phase);
    let done = |total: usize, done: usize, what: &str| {
        let counted = if total == 1 { format!("1 {what}") } else { format!("{total} {what}s") };
        let words = if open { counted } else { format!("{done} of {counted}") };
        (total > 0).then_some(words)
    };
    let lines = phase.items.iter().filter(|item| state.item_status(item).done()).count();
    let steps = phase.steps.iter().filter(|step| state.step_status(&step.id).done()).count();
    let mut parts: Vec<String> =
        [done(phase.items.len(), lines, "line"), done(phase.steps.len(), steps, "step")]
            .into_iter()
            .flatten()
            .collect();
    let signed: usize = state.wanted(phase).iter().map(|wanted| wanted.given.len()).sum();
    if signed > 0 {
        parts.push(format!("signed by {signed}"));
    }
    let small = parts.join(", ");
    if open {
        (Sign::PASS, "pass", "done", small)
    } else if state.rollback.is_some() {
        (Sign::WAITING, "left", "left", small)
    } else if current {
        (Sign::NOW, "now", "present", small)
    } else {
        (Sign::WAITING, "", "to come", small)
    }
}

fn way_back(state: &RunState) -> Cell {
    let steps = state.walk();
    let done = steps.iter().filter(|step| state.step_status(&step.id).done()).count();
    let small = format!("{done} of {} steps", steps.len());
    if state.rolled_back() {
        (Sign::PASS, "pass", "done", small)
    } else {
        (Sign::NOW, "now back", "present", small)
    }
}
