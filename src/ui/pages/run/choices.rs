//! What a person can do with the step that is looked at: start, retry, skip, mark as done, accept, reject, roll back.

use crate::run::Command;
use crate::run::view::StepStatus;
use crate::runbook::{Id, PhaseKind, Step};
use crate::ui::parts::{Ask, Field, Seen, challenge, second_persons, when};
use leptos::prelude::*;

pub fn choices(seen: &Seen<'_>, step: &Step) -> Option<AnyView> {
    let state = seen.state;
    let status = state.step_status(&step.id);
    let on_a_way_back =
        state.runbook.step(&step.id).is_some_and(|(phase, _)| phase.kind == PhaseKind::Rollback);
    if state.ended.is_some() || status.live() || (on_a_way_back && state.rollback.is_none()) {
        return None;
    }
    let view = match status {
        StepStatus::Waiting => view! { {start(seen, step, "Start")}{others(seen, &step.id)} }.into_any(),
        StepStatus::Inconclusive => settle(seen, &step.id),
        StepStatus::Unknown => {
            view! { {again(seen, step)}{others(seen, &step.id)}{way_back(seen)} }.into_any()
        }
        StepStatus::Failed | StepStatus::Cancelled | StepStatus::TimedOut => {
            view! { {start(seen, step, "Retry")}{others(seen, &step.id)}{way_back(seen)} }.into_any()
        }
        _ => return None,
    };
    Some(
        view! { <div class="choices" role="group" aria-label="What to do with this step">{view}</div> }
            .into_any(),
    )
}

fn start(seen: &Seen<'_>, step: &Step, word: &str) -> AnyView {
    if seen.state.takes_two(step) {
        return for_two(seen, step, word);
    }
    let command = Command::StartStep { step: step.id.clone(), reason: String::new() };
    Ask::new(command, word).of(step.title.clone()).look("go").view(seen)
}

/// What cannot be undone: one person asks, a second one confirms.
fn for_two(seen: &Seen<'_>, step: &Step, word: &str) -> AnyView {
    let Some(asked) = seen.state.asked_start.as_ref().filter(|asked| asked.step == step.id) else {
        let command = Command::StartStep { step: step.id.clone(), reason: String::new() };
        let ask =
            Ask::new(command, format!("Ask to {}", word.to_lowercase())).of(step.title.clone()).look("stop");
        return view! {
            <p>"This cannot be undone. You ask for it, and it starts when a second person has confirmed it."</p>
            {ask.view(seen)}
        }
        .into_any();
    };
    let other = Some(asked.seq).filter(|_| asked.by.who != seen.actor.name);
    let shown = challenge(seen, other);
    let command = Command::ConfirmStart { step: step.id.clone(), shown: shown.clone().unwrap_or_default() };
    let confirm = Ask::new(command, "Confirm the start").of(step.title.clone()).look("stop");
    let confirm = confirm.fields(shown.map(|shown| second_persons(&shown)));
    view! {
        <p>{asked.by.who.clone()}" asked to start this at "{when::at(asked.by.at)}". It cannot be undone, and starts when a second person, an operator or an approver, confirms it."</p>
        {(!asked.reason.is_empty()).then(|| view! { <p class="why">{asked.reason.clone()}</p> })}
        {confirm.view(seen)}
    }
    .into_any()
}

/// Nobody knows how the last attempt ended: it is started again only with a reason.
fn again(seen: &Seen<'_>, step: &Step) -> AnyView {
    if seen.state.asked_start.as_ref().is_some_and(|asked| asked.step == step.id) {
        return for_two(seen, step, "Start");
    }
    let command = Command::StartStep { step: step.id.clone(), reason: "…".to_owned() };
    let field = Field::required("reason", "Why it is safe to start it again");
    Ask::new(command, "Start it again").field(field).view(seen)
}

fn others(seen: &Seen<'_>, step: &Id) -> AnyView {
    let skip = Command::SkipStep { step: step.clone(), reason: "…".to_owned() };
    let skip = Ask::new(skip, "Skip this step").field(Field::required("reason", "Why it is skipped"));
    let done = Command::MarkStepDone { step: step.clone(), evidence: "…".to_owned() };
    let evidence = Field::required("evidence", "How it is known that it is done");
    let done =
        Ask::new(done, "Mark as done").field(evidence.hint("For a step that was carried out elsewhere."));
    view! { {skip.folded("Skip…", seen)}{done.folded("Mark as done…", seen)} }.into_any()
}

fn settle(seen: &Seen<'_>, step: &Id) -> AnyView {
    let accept = Command::AcceptVerdict { step: step.clone(), note: "…".to_owned() };
    let accept =
        Ask::new(accept, "Accept: it is good").look("go").field(Field::required("note", "How you know"));
    let reject = Command::RejectVerdict { step: step.clone(), note: "…".to_owned() };
    let reject =
        Ask::new(reject, "Reject: it is not").look("stop").field(Field::required("note", "How you know"));
    view! { <p>"The console cannot tell. An operator or an approver has to, whose name and note are kept."</p><div class="two">{accept.view(seen)}{reject.view(seen)}</div> }.into_any()
}

fn way_back(seen: &Seen<'_>) -> Option<AnyView> {
    let any = !seen.state.runbook.rollback.is_empty();
    any.then(|| view! { <a class="button back" href="#way-back">"Roll back…"</a> }.into_any())
}
