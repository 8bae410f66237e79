//! All phases and steps, to see where the run stands and to look at any step.

use crate::run::RunState;
use crate::run::choice::Choice;
use crate::run::view::StepStatus;
use crate::runbook::{Phase, PhaseKind, Step};
use crate::text::duration;
use crate::ui::parts::Sign;
use leptos::prelude::*;

pub fn rail(state: &RunState, choice: &Choice) -> AnyView {
    let walked: Vec<_> = state.walk().iter().map(|step| step.id.clone()).collect();
    let shown = |phase: &&Phase| phase.kind != PhaseKind::Rollback || state.rollback.is_some();
    let groups = state.runbook.phases.iter().filter(shown).filter_map(|phase| {
        let back = phase.kind == PhaseKind::Rollback;
        let steps: Vec<AnyView> = phase
            .steps
            .iter()
            .filter(|step| !back || walked.contains(&step.id))
            .map(|step| line(state, choice, step))
            .collect();
        (!steps.is_empty())
            .then(|| view! { <h2 class="label">{phase.title.clone()}</h2><ol>{steps}</ol> }.into_any())
    });
    let walk = state.walk();
    let done = walk.iter().filter(|step| state.step_status(&step.id).done()).count();
    // Opened by the style sheet where there is room beside the step; it then scrolls by itself, also by keys.
    view! {
        <nav class="rail card" aria-label="Steps" tabindex="0">
            <details>
                <summary>"Steps: "{done}" of "{walk.len()}" done"</summary>
                {groups.collect_view()}
            </details>
        </nav>
    }
    .into_any()
}

fn line(state: &RunState, choice: &Choice, step: &Step) -> AnyView {
    let status = state.step_status(&step.id);
    let shown = choice.step(state).is_some_and(|shown| shown.id == step.id);
    let present = state.present_step().is_some_and(|present| present.id == step.id);
    let class = match status {
        status if status.live() => "now",
        StepStatus::Waiting => "",
        _ => "done",
    };
    let took = state.last_attempt(&step.id).and_then(|attempt| attempt.duration_ms).map(duration::words);
    let took = took.filter(|_| status != StepStatus::Waiting);
    view! {
        <li class=class class:shown=shown>
            <a href=format!("?step={}#step", step.id) aria-current=present.then_some("step")>
                {Sign::from(status).mark()}
                <span>{step.title.clone()}<span class="unseen">": "{status.word()}</span></span>
                <small>{took}</small>
            </a>
        </li>
    }
    .into_any()
}
