//! The head of the step that is looked at: what it is, how it stands, and what it does.

use super::doing::{doing, summary};
use crate::run::choice::Choice;
use crate::run::state::Attempt;
use crate::run::view::StepStatus;
use crate::run::{Command, Ms, RunState};
use crate::runbook::{Id, Runbook, Step};
use crate::text::{duration, size};
use crate::ui::parts::{Ask, Field, Seen, Sign, when};
use leptos::prelude::*;

pub fn head(state: &RunState, choice: &Choice, step: &Step) -> AnyView {
    let attempt = choice.attempt(state);
    let status = shown_status(state, choice, step);
    let elsewhere = choice.is_elsewhere(state).then(|| state.present_step()).flatten();
    view! {
        {elsewhere.map(|present| view! {
            <p class="elsewhere">"You are looking at another step. "<a href="?#step">"Back to \""{present.title.clone()}"\""</a></p>
        })}
        <header>
            <h2 id="step-title">{step.title.clone()}</h2>
            <p>{Sign::from(status).with(status.word())}{attempt.map(told)}</p>
        </header>
        {resolved(state, &step.id)}
        {what(&state.runbook, step, attempt.is_some())}
        {attempts(state, attempt, &step.id)}
    }
    .into_any()
}

/// What it is for and what it does: in full before it is started, folded once there is something to see of it.
fn what(runbook: &Runbook, step: &Step, begun: bool) -> AnyView {
    let timeout = duration::words(i64::try_from(step.timeout.ms()).unwrap_or(i64::MAX));
    let kind = format!("{} · at most {timeout}", step.run.word());
    let help = step.help.clone().map(|help| view! { <p class="help">{help}</p> });
    if begun {
        let line = view! { "What it does: "<code>{summary(&step.run)}</code> };
        return view! {
            <details class="more what"><summary>{line}</summary>{help}{doing(runbook, &step.run)}<p class="quiet small">{kind}</p></details>
        }
        .into_any();
    }
    view! { {help}{doing(runbook, &step.run)}<p class="quiet small">{kind}</p> }.into_any()
}

/// The status of the attempt that is looked at, if an earlier one was chosen.
fn shown_status(state: &RunState, choice: &Choice, step: &Step) -> StepStatus {
    let last = state.last_attempt(&step.id).map(|attempt| attempt.number);
    match choice.attempt(state) {
        Some(attempt) if Some(attempt.number) != last => attempt.status(),
        _ => state.step_status(&step.id),
    }
}

fn told(attempt: &Attempt) -> AnyView {
    let took = attempt
        .duration_ms
        .map(|ms| format!(" · took {}, wrote {}", duration::words(ms), size::bytes(attempt.log_bytes)));
    let lost = (attempt.lost_bytes > 0).then(|| size::bytes(attempt.lost_bytes));
    view! {
        <span class="quiet">" · started by "{attempt.queued.who.clone()}" "{when::at(attempt.queued.at)}{took}</span>
        {lost.map(|lost| view! { <span class="note">{lost}" of output were lost: the disk was full"</span> })}
        {(!attempt.reason.is_empty()).then(|| view! { <span class="note">{attempt.reason.clone()}</span> })}
    }
    .into_any()
}

/// A person's word on the step as a whole.
fn resolved(state: &RunState, step: &Id) -> Option<AnyView> {
    let resolution = state.resolutions.get(step)?;
    let (who, text) = (resolution.by.who.clone(), resolution.text.clone());
    let view = view! { <p class="answer">"by "{who}" "{when::at(resolution.by.at)}<span class="note">{text}</span></p> };
    Some(view.into_any())
}

/// Earlier attempts, where there were several.
fn attempts(state: &RunState, shown: Option<&Attempt>, step: &Id) -> Option<AnyView> {
    let all: Vec<&Attempt> = state.attempts.iter().filter(|attempt| attempt.step == *step).collect();
    let link = |attempt: &&Attempt| {
        let current = shown.is_some_and(|shown| shown.number == attempt.number);
        let href = format!("?step={step}&attempt={}#step", attempt.number);
        view! {
            <a href=href aria-current=current.then_some("true")>
                {attempt.number}" "{Sign::from(attempt.status()).with(attempt.status().word())}
            </a>
        }
    };
    let many = all.len() > 1;
    many.then(|| view! { <nav class="attempts" aria-label="Attempts">"Attempts: "{all.iter().map(link).collect_view()}</nav> }.into_any())
}

/// It is not started yet, for the sake of these sessions.
pub fn held(state: &RunState, choice: &Choice, now: Ms) -> Option<AnyView> {
    let (since, by) = choice.attempt(state).filter(|attempt| attempt.live())?.held.clone()?;
    let view = view! {
        <div class="judged ask">
            <p>{Sign::WAITING.with("waits before it is started")}" · "{duration::clock((now - since).max(0))}</p>
            <p>"For "{by}"."</p>
            <p class="quiet">"They hold a snapshot: a build that was started now would wait for them with a half-made index. It starts by itself when they end; cancel it if that takes too long."</p>
        </div>
    };
    Some(view.into_any())
}

/// Time while it runs, against its rehearsal where there was one, else against the timeout. `now` is the console's clock.
pub fn budget(state: &RunState, choice: &Choice, now: Ms) -> Option<AnyView> {
    let attempt = choice.attempt(state).filter(|attempt| attempt.live())?;
    let (_, step) = state.runbook.step(&attempt.step)?;
    let since = attempt.running_at?;
    let spent = (attempt.ended_at.unwrap_or(now) - since).max(0);
    let most = i64::try_from(step.timeout.ms()).unwrap_or(i64::MAX);
    let budget = state.budget(attempt, now);
    let (against, full) = match &budget {
        Some(budget) => ("Time against the rehearsal", budget.rehearsed.most_ms().max(1)),
        None => ("Time against the timeout", most),
    };
    let over = budget.is_some_and(|budget| budget.is_over());
    let told = budget.map(|budget| {
        let sign = over.then(|| Sign::from(StepStatus::Inconclusive).with("longer than ever seen"));
        let words = if over { budget.comparison() } else { budget.sentence() };
        view! { <p class=if over { "over" } else { "rehearsed" }>{sign}{over.then_some(": ")}{words}</p> }
    });
    let view = view! {
        <div class="budget">
            <progress max=full.to_string() value=spent.min(full).to_string() aria-label=against></progress>
            {told}
            <p><span>{duration::clock(spent)}" of at most "{duration::words(most)}</span></p>
        </div>
    };
    Some(view.into_any())
}

/// Cancel, and how far up the ladder it is.
pub fn cancel(seen: &Seen<'_>, choice: &Choice) -> Option<AnyView> {
    let attempt =
        choice.attempt(seen.state).filter(|attempt| attempt.live() && attempt.ended_at.is_none())?;
    let command = Command::Cancel { step: attempt.step.clone(), reason: "…".to_owned() };
    let ladder = attempt.rungs.iter().map(|(at, rung, detail)| {
        view! { <li>{when::at(*at)}" "<b>{rung.word()}</b>" "<span class="quiet">{detail.clone()}</span></li> }
    });
    if let Some(opened) = &attempt.airbag {
        let view = view! {
            <div class="cancelling" id="cancel">
                <p>{Sign::from(StepStatus::Cancelled).with("stopped by the airbag")}" "{when::at(opened.at)}</p>
                <p>{opened.sentence()}</p>
                <ol>{ladder.collect_view()}</ol>
            </div>
        };
        return Some(view.into_any());
    }
    let view = match &attempt.cancel {
        Some(by) => view! {
            <div class="cancelling" id="cancel">
                <p>{Sign::from(StepStatus::Cancelled).with("cancelled")}" by "{by.who.clone()}" "{when::at(by.at)}</p>
                <ol>{ladder.collect_view()}</ol>
            </div>
        }
        .into_any(),
        None => {
            let ask = Ask::new(command, "Cancel this step").look("stop");
            let ask = ask.field(Field::optional("reason", "Why"));
            view! { <div class="cancel" id="cancel">{ask.view(seen)}</div> }.into_any()
        }
    };
    Some(view)
}
