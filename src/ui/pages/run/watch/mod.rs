//! What goes on in the target beside the step that runs. Its lines are always the same ones, so that nothing jumps while they change.

mod background;
mod progress;
mod stop;
mod tree;

use super::page::Page;
use crate::run::choice::Choice;
use crate::run::state::Attempt;
use crate::run::{Ms, RunState};
use crate::runbook::Id;
use crate::text::duration;
use crate::ui::parts::Sign;
use crate::verdict::Verdict;
use crate::watch::{Armed, Sighting, Watch};
use leptos::prelude::*;
use stop::Stops;

/// A look that is older is told with its age.
const FRESH: Ms = 3_000;

#[component]
pub fn Watched(page: Page) -> impl IntoView {
    let seen = move || {
        let (state, choice, watch) = (page.state.read(), page.choice.read(), page.watch.read());
        watch.as_ref().and_then(|watch| watched(&state, &choice, watch, page.now.get()))
    };
    let concerned = move || {
        let (state, choice, watch) = (page.state.read(), page.choice.read(), page.watch.read());
        watch.as_ref().is_some_and(|watch| concerns(&state, &choice, watch))
    };
    let concerned = Memo::new(move |_| concerned());
    let stops = move || concerned.get().then(|| view! { <Stops page/> });
    view! { {seen}{stops} }.into_any()
}

/// None where it is not about the attempt that is looked at, or that has ended.
fn watched(state: &RunState, choice: &Choice, watch: &Watch, now: Ms) -> Option<AnyView> {
    if !concerns(state, choice, watch) {
        return None;
    }
    let view = view! {
        <section class="card watch" aria-labelledby="watch-title">
            <header>
                <h2 id="watch-title">"In the database now"</h2>
                {age(watch, now)}
            </header>
            {airbag(state, &watch.step, watch)}
            {watch.sighting.as_ref().map(lines)}
        </section>
    };
    Some(view.into_any())
}

fn concerns(state: &RunState, choice: &Choice, watch: &Watch) -> bool {
    let under_way = |attempt: &&Attempt| attempt.live() && attempt.ended_at.is_none();
    let attempt = choice.attempt(state).filter(under_way);
    attempt.is_some_and(|attempt| attempt.step == watch.step && attempt.number == watch.attempt)
}

/// Whether it is still true.
fn age(watch: &Watch, now: Ms) -> AnyView {
    let old = watch.sighting.as_ref().map(|sighting| now - sighting.at).filter(|age| *age > FRESH);
    let old = old.map(|age| format!("as it was {} ago", duration::clock(age)));
    let silent = watch.error.clone().map(|error| format!("The target does not answer: {error}"));
    match (silent, old) {
        (None, None) if watch.sighting.is_none() => view! { <p class="quiet">"asking"</p> }.into_any(),
        (None, None) => view! { <p class="quiet">"each second"</p> }.into_any(),
        (None, Some(old)) => view! { <p>{Sign::from(Verdict::Inconclusive).with(old)}</p> }.into_any(),
        (Some(error), old) => {
            let old = old.map(|old| format!(" ({old})"));
            view! { <p>{Sign::from(Verdict::Inconclusive).with("stale")}{old}<span class="note">{error}</span></p> }
                .into_any()
        }
    }
}

fn airbag(state: &RunState, step: &Id, watch: &Watch) -> AnyView {
    let limit = state.runbook.airbag.clone().unwrap_or_default();
    let after = duration::words(i64::try_from(limit.after.ms()).unwrap_or(i64::MAX));
    let (sign, word, more) = match watch.armed(state.runbook.connects(step)) {
        Armed::Yes => (
            Sign::from(Verdict::Pass),
            "Airbag armed",
            format!("If more than {} sessions wait behind this step for {after}, it is cancelled.", limit.sessions),
        ),
        Armed::No => (
            Sign::from(Verdict::Fail),
            "Airbag not armed",
            "No session of this step is to be seen. A pooler may have taken its application name: name the server's own address, or \
             cancel by hand if others wait."
                .to_owned(),
        ),
        Armed::Idle => (Sign::WAITING, "Airbag", "This step has no session on the target so far.".to_owned()),
        Armed::Unknown => {
            (Sign::from(Verdict::Inconclusive), "Airbag", "It cannot act while the target does not answer.".to_owned())
        }
    };
    view! { <p class="airbag">{sign.with(word)}" "<span class="quiet">{more}</span></p> }.into_any()
}

fn lines(sighting: &Sighting) -> AnyView {
    view! {
        {progress::progress(sighting)}
        {tree::trees(sighting)}
        {background::background(sighting)}
    }
    .into_any()
}

#[cfg(test)]
mod tests;
