//! The chain of a run's events, checked on the very text that is stored: a letter that changes no meaning is a change all the same.

use super::Checked;
use crate::run::event::{Body, Known, NO_HASH};
use crate::run::{Event, RunId, Seq};

/// Reads the events of a run from their stored texts, each with the seq it is stored under, and adds to `checked` what is wrong. Gives
/// the events that can be read.
pub fn check(run: &RunId, texts: &[(Seq, String)], checked: &mut Checked) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::with_capacity(texts.len());
    // What the next event may build on. An event that was changed has two: the hash that stands in it, and the one that it has now; so
    // that one change is named once. None behind one that cannot be read.
    let mut before = Some([NO_HASH.to_owned(), NO_HASH.to_owned()]);
    let mut last = 0;
    for (seq, text) in texts {
        let place = format!("event {seq}");
        if *seq != last + 1 {
            checked.found(&place, format!("event {} was expected here: events are missing", last + 1));
            before = None;
        }
        last = *seq;
        let event: Event = match serde_json::from_str(text) {
            Ok(event) => event,
            Err(error) => {
                checked.found(&place, format!("it cannot be read: {error}"));
                before = None;
                continue;
            }
        };
        if event.seq != *seq {
            checked.found(&place, format!("it says that it is event {}", event.seq));
        } else if serde_json::to_string(&event).is_ok_and(|written| written != *text) {
            checked.found(&place, "its text is not as the console writes it");
        } else if let Some(before) = &before
            && !before.iter().any(|before| event.hash_after(before) == event.hash)
        {
            checked.found(&place, "its hash is not that of its content and of the event before it");
        }
        let has_now = before.map_or_else(|| event.hash.clone(), |[before, _]| event.hash_after(&before));
        before = Some([event.hash.clone(), has_now]);
        events.push(event);
    }
    checked.events = events.len();
    checked.head = events.last().map(|event| event.hash.clone());
    begins(run, &events, checked);
    events
}

fn begins(run: &RunId, events: &[Event], checked: &mut Checked) {
    match events.first().map(|event| &event.body) {
        None if checked.findings.is_empty() => checked.found("events", "there are none"),
        Some(Body::Known(Known::RunStarted { run: started, .. })) if started == run => {}
        Some(Body::Known(Known::RunStarted { run: started, .. })) => {
            checked.found("event 1", format!("it starts the run {started}"));
        }
        // Named already, as what it is.
        _ if !checked.findings.is_empty() => {}
        _ => checked.found("event 1", "it starts no run"),
    }
}
