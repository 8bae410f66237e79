//! What ended last, where the page has gone on to the next step: how it ended, in one line, and the way to look at it.

use crate::run::RunState;
use crate::run::choice::Choice;
use crate::text::duration;
use crate::ui::parts::Sign;
use leptos::prelude::*;

pub fn just_ended(state: &RunState, choice: &Choice) -> Option<AnyView> {
    let last = state.attempts.last().filter(|attempt| !attempt.live())?;
    let shown = choice.step(state)?;
    let (_, step) = state.runbook.step(&last.step)?;
    if state.ended.is_some() || shown.id == step.id || choice.is_elsewhere(state) {
        return None;
    }
    let status = state.step_status(&step.id);
    let sign = Sign::from(status);
    let reason = last.judged.as_ref().map(|judged| format!(": {}", judged.reason));
    let took = last.duration_ms.map(|ms| format!(" in {}", duration::words(ms)));
    let view = view! {
        <p class=format!("just-ended {}", sign.tone) role="status">
            <span class="label">"Just ended"</span>
            <span>
                <a href=format!("?step={}#step", step.id)>{step.title.clone()}</a>" "{sign.with(status.word())}{took}{reason}
            </span>
        </p>
    };
    Some(view.into_any())
}
