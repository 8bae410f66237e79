//! Stopping who stands in the way: a form for each, which stays while the lines above it change.

use super::super::page::Page;
use crate::run::{Command, RunState};
use crate::ui::parts::{Ask, Field, Seen};
use crate::watch::{Backend, Force, Session, Watch};
use leptos::prelude::*;

/// A session in the way, as far as its form needs it.
#[derive(Clone, Debug, PartialEq)]
struct InTheWay {
    pid: i32,
    backend: Option<Backend>,
    who: String,
    /// Why the console does not stop it.
    spared: Option<&'static str>,
}

#[component]
pub fn Stops(page: Page) -> impl IntoView {
    let all = Memo::new(move |_| page.watch.read().as_ref().map(in_the_way).unwrap_or_default());
    let key = |one: &InTheWay| (one.pid, one.backend);
    let form = move |one: InTheWay| {
        let view = move || page.see(|seen| stop(seen, &one));
        view! { {view} }
    };
    view! { <div class="card stops"><For each=move || all.get() key=key children=form/></div> }.into_any()
}

fn in_the_way(watch: &Watch) -> Vec<InTheWay> {
    let mut sessions: Vec<&Session> = Vec::new();
    let seen = watch.sighting.as_ref().map(|sighting| sighting.in_our_way()).unwrap_or_default();
    seen.iter().for_each(|branch| branch.gather(&mut sessions));
    let one = |session: &&Session| InTheWay {
        pid: session.pid,
        backend: session.backend(),
        who: session.who(),
        spared: session.spared(),
    };
    sessions.iter().map(one).collect()
}

fn stop(seen: &Seen<'_>, one: &InTheWay) -> AnyView {
    let who = one.who.clone();
    let Some(backend) = one.backend.filter(|_| one.spared.is_none()) else {
        let why = one.spared.unwrap_or("Cannot see enough of it to be sure whom a signal would meet.");
        return view! { <p class="quiet">{who}" is not stopped from here. "{why}</p> }.into_any();
    };
    let how = next(seen.state, backend);
    let (label, question) = match how {
        Force::Cancel => ("Cancel its statement", "Why"),
        Force::Terminate => ("Terminate its session", "It loses what it has not committed. Why"),
    };
    let command = Command::StopBlocker { backend, how, reason: "…".to_owned() };
    let ask = Ask::new(command, label).of(who.clone()).look("stop small");
    let ask = ask.field(Field::required("reason", question));
    let told = seen.state.stops.iter().filter(|stop| stop.backend == backend).map(|stop| {
        let came = stop.came.clone().unwrap_or_else(|| "under way".to_owned());
        view! { <li>{format!("{} for {}: {came}", stop.how.word(), stop.by.who)}</li> }
    });
    let told = told.collect_view();
    view! { <div><ul class="quiet">{told}</ul>{ask.folded(format!("Stop {who}…"), seen)}</div> }.into_any()
}

/// First its statement, then the session.
fn next(state: &RunState, backend: Backend) -> Force {
    let cancelled = |stop: &crate::run::state::Stop| stop.backend == backend && stop.came.is_some();
    if state.stops.iter().any(cancelled) { Force::Terminate } else { Force::Cancel }
}
