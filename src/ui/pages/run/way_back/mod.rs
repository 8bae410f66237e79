//! The ways back: whether each is open, how long it takes, what it loses and until when to choose it, and the form that takes it. Always
//! on the page.

mod path;

use crate::run::readiness::HalfWay;
use crate::run::state::Attempt;
use crate::run::{Ms, RunState};
use crate::ui::parts::{Seen, Sign, when};
use crate::verdict::Verdict;
use leptos::prelude::*;

pub fn way_back(seen: &Seen<'_>) -> AnyView {
    let state = seen.state;
    let paths = &state.runbook.rollback;
    let note = paths.is_empty().then_some("This runbook changes nothing that would have to be taken back.");
    let over = state.ended.is_some();
    view! {
        <section class="card way-back" class:none=paths.is_empty() id="way-back" aria-labelledby="way-back-title">
            <h2 id="way-back-title">"The way back"</h2>
            {note.map(|note| view! { <p class="quiet">{note}</p> })}
            {under_way(state)}
            {(!over).then(|| state.half_way().map(half_way))}
            {(!over && !paths.is_empty()).then(|| view! { <ul class="ready">{cancel_now(state)}{one_index(state)}</ul> })}
            <ul>{paths.iter().map(|way| path::path(seen, way)).collect_view()}</ul>
            {(!over).then(|| window(state))}
        </section>
    }
    .into_any()
}

fn under_way(state: &RunState) -> Option<AnyView> {
    let chosen = state.rollback.as_ref()?;
    let title = state.runbook.path(&chosen.path).map_or(String::new(), |path| path.title.clone());
    let (sign, word) = if state.rolled_back() {
        (Sign::from(Verdict::Pass), "walked to its end")
    } else {
        (Sign::NOW, "under way")
    };
    let view = view! {
        <div class="judged ask">
            <p>{sign.with(word)}" · "<b>{title}</b></p>
            <p class="answer">"chosen by "{chosen.by.who.clone()}" "{when::at(chosen.by.at)}<span class="note">{chosen.reason.clone()}</span></p>
        </div>
    };
    Some(view.into_any())
}

/// The change is neither made nor absent.
fn half_way(left: HalfWay) -> AnyView {
    let count = |n: usize, what: &str| (n > 0).then(|| format!("{n} to {what}"));
    let forward: Vec<_> =
        count(left.build, "build").into_iter().chain(count(left.rebuild, "put right")).collect();
    let forward =
        if forward.is_empty() { "only the revision to put right".to_owned() } else { forward.join(", ") };
    let back = count(left.drop, "drop").unwrap_or_else(|| "only the revision to put right".to_owned());
    let shorter = match (left.build + left.rebuild).cmp(&left.drop) {
        std::cmp::Ordering::Less => "Forward is shorter.",
        std::cmp::Ordering::Greater => "Back is shorter.",
        std::cmp::Ordering::Equal => "Both are as far.",
    };
    view! {
        <div class="judged ask">
            <p>{Sign::from(Verdict::Inconclusive).with("half-way")}" · "{shorter}</p>
            <p>"Forward: "{forward}". Start the step again, or put single indexes right."</p>
            <p>"Back: "{back}"."</p>
        </div>
    }
    .into_any()
}

fn cancel_now(state: &RunState) -> AnyView {
    let running = state.live_attempt().filter(|attempt| attempt.ended_at.is_none());
    let title = |attempt: &Attempt| {
        state.runbook.step(&attempt.step).map_or(String::new(), |(_, step)| step.title.clone())
    };
    match running {
        Some(attempt) => view! {
            <li>{Sign::PASS.with("open")}" "<a href="?#cancel">"Cancel now"</a><small>"\""{title(attempt)}"\" is stopped: SIGINT first, SIGKILL at last."</small></li>
        }
        .into_any(),
        None => view! { <li>{Sign::WAITING.with("nothing runs")}" Cancel now"</li> }.into_any(),
    }
}

fn one_index(state: &RunState) -> Option<AnyView> {
    state.runbook.database.as_ref().filter(|database| !database.indexes.is_empty())?;
    let closed = match (state.live_attempt(), state.remedies_wait_for()) {
        (Some(_), _) => Some("something runs: let it end, or cancel it".to_owned()),
        (None, waits) => waits,
    };
    let view = match closed {
        None => view! { <li>{Sign::PASS.with("open")}" "<a href="#database">"Build, rebuild or drop one index"</a></li> }.into_any(),
        Some(why) => view! {
            <li>{Sign::from(Verdict::Fail).with("closed")}" Build, rebuild or drop one index"<small>{why}</small></li>
        }
        .into_any(),
    };
    Some(view)
}

/// Until when the change, or the way back from it, is to be done.
fn window(state: &RunState) -> Option<AnyView> {
    state.runbook.window.as_ref()?;
    let times =
        |from: Ms, until: Ms| view! { "The window: "{when::at_utc(from)}" to "{when::at_utc(until)}"." };
    let view = match state.window() {
        Some(window) => view! { <p class="quiet">{times(window.from, window.until)}</p> }.into_any(),
        None => {
            view! { <p class="quiet">"The window begins with the first step of the change."</p> }.into_any()
        }
    };
    Some(view)
}
