//! Everything that happened, newest first, with people and times.

use crate::run::telling::tell;
use crate::run::{Actor, Command, Event, RunState};
use crate::text::{clock, number};
use crate::ui::parts::{Ask, Field, Seen, Sign, when};
use leptos::prelude::*;

/// How many lines stand open; the rest of a long night is a click away.
const RECENT: usize = 12;

pub fn timeline(seen: &Seen<'_>, events: &[Event]) -> AnyView {
    let note = Ask::new(Command::Note { text: "…".to_owned() }, "Leave a note")
        .look("small")
        .field(Field::required("text", "Note"));
    let mut lines: Vec<AnyView> = events
        .iter()
        .rev()
        .enumerate()
        .map(|(i, event)| {
            // A run may last over midnight: the date stands where it changes.
            let later = (i > 0).then(|| &events[events.len() - i]);
            let new_day = later.is_some_and(|later| clock::date(later.at) != clock::date(event.at));
            let day = (new_day || i == 0).then(|| clock::date(event.at));
            line(seen.state, event, day)
        })
        .collect();
    let earlier = lines.split_off(lines.len().min(RECENT));
    let count = earlier.len();
    view! {
        <section class="card timeline" id="timeline" aria-labelledby="timeline-title">
            <header><h2 id="timeline-title">"What happened"</h2><span class="quiet">{counted(events.len())}", each sealed to the one before"</span></header>
            {seen.state.ended.is_none().then(|| note.view(seen))}
            <ol>{lines}</ol>
            {(count > 0).then(|| view! {
                <details class="more"><summary>{counted(count)}" before"</summary><ol>{earlier}</ol></details>
            })}
        </section>
    }
    .into_any()
}

fn counted(events: usize) -> String {
    if events == 1 { "1 event".to_owned() } else { format!("{} events", number::grouped(events as u64)) }
}

fn line(state: &RunState, event: &Event, day: Option<String>) -> AnyView {
    let told = tell(&state.runbook, event);
    let sign = told.verdict.map_or(Sign::WAITING, Sign::from);
    let who = if event.actor == Actor::CONSOLE { "console" } else { "person" };
    view! {
        {day.map(|day| view! { <li class="day">{day}</li> })}
        <li class=who>
            {when::at(event.at)}
            {sign.mark()}
            <span>
                <b>{event.actor.clone()}</b>" "{told.what}
                {told.verdict.map(|verdict| view! { <span class="unseen">" ("{verdict.word()}")"</span> })}
                {(!told.note.is_empty()).then(|| view! { <span class="note">{told.note}</span> })}
            </span>
        </li>
    }
    .into_any()
}
