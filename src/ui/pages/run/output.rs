//! The output of an attempt: its last lines from the server, more as they come, older ones on demand.

use super::page::Part;
use crate::api::{Found, Hit, LogPart};
use crate::text::lines::{Fed, Line, Lines, Stream};
use crate::text::number::grouped;
use crate::text::{clock, size};
use leptos::prelude::*;
use leptos_router::location::Url;

impl Part {
    /// Address of the attempt's log.
    fn address(&self) -> String {
        format!("/runs/{}/steps/{}/attempts/{}/log", self.run, self.step, self.attempt)
    }

    fn query(&self) -> String {
        format!("?step={}&attempt={}", self.step, self.attempt)
    }
}

/// Filter and download.
pub fn toolbar(part: &Part) -> AnyView {
    let find = part.look.find.clone().unwrap_or_default();
    let all = part
        .look
        .find
        .is_some()
        .then(|| view! { <a class="button small" href=format!("{}#step", part.query())>"All lines"</a> });
    view! {
        <div class="toolbar">
            <form class="filter" method="get" action=format!("/runs/{}#step", part.run) role="search">
                <input type="hidden" name="step" value=part.step.to_string()/>
                <input type="hidden" name="attempt" value=part.attempt.to_string()/>
                <input name="find" type="search" value=find placeholder="Filter the output" aria-label="Filter the output by text"/>
                <button class="small" type="submit">"Filter"</button>
                {all}
            </form>
            <span class="quiet small">"Times are UTC."</span>
            <a class="button small end" rel="external" download href=format!("{}.txt", part.address())>"Download"<span class="unseen">" the whole output"</span></a>
        </div>
    }
    .into_any()
}

/// The lines of a part, as they stand in the document. `open` lines have not ended yet.
pub struct Shown {
    pub whole: Vec<Line>,
    pub open: Vec<Line>,
    /// Ready to take what follows.
    pub lines: Lines,
}

impl Shown {
    pub fn of(part: &LogPart) -> Self {
        let mut lines = Lines::starting_at(part.chunk.from);
        let mut whole = match lines.feed(&part.chunk) {
            Fed::Lines(whole) => whole,
            Fed::Gap => Vec::new(),
        };
        if let Some(bytes) = part.long {
            whole.extend(lines.finish());
            whole.iter_mut().for_each(|line| line.cut = Some(bytes));
        }
        let open = lines.open();
        Self { whole, open, lines }
    }
}

pub fn line(line: &Line) -> AnyView {
    let class = if line.stream == Stream::Err { "line err" } else { "line" };
    let spans =
        line.spans.iter().map(|span| view! { <span class=span.class.clone()>{span.text.clone()}</span> });
    view! {
        <div class=class>
            <time>{clock::time_of_day_ms(line.at)}</time>
            <span>{spans.collect_view()}{line.marker().map(|marker| view! { <em>{marker}</em> })}</span>
        </div>
    }
    .into_any()
}

/// The link to the lines before.
pub fn older(part: &Part) -> AnyView {
    let href = format!("{}&before={}#step", part.query(), part.log.chunk.from);
    view! { <a class="older" href=href>"Older lines"</a> }.into_any()
}

/// From lines that were looked up back to the last ones.
pub fn to_tail(part: &Part) -> AnyView {
    view! { <a class="button small" href=format!("{}#step", part.query())>"To the end"</a> }.into_any()
}

/// Lines that hold the text that was looked for.
pub fn found(part: &Part, found: &Found) -> AnyView {
    let line = |hit: &Hit| {
        let href = format!("{}&before={}#step", part.query(), hit.to);
        let text = plain(&hit.text);
        view! { <div class="line"><a href=href>{grouped(hit.from)}</a><span>{text}</span></div> }
    };
    let hits = &found.hits;
    view! {
        <p class="quiet" role="status">{how_many(part, found)}{search_on(part, found)}</p>
        {(!hits.is_empty()).then(|| view! {
            <div class="log found" tabindex="0" role="region" aria-label="Lines that were found"><div>{hits.iter().map(line).collect_view()}</div></div>
        })}
    }
    .into_any()
}

/// How many, and in how much of the log where it was not all of it.
fn how_many(part: &Part, found: &Found) -> String {
    let lines = match found.hits.len() {
        0 => "No line holds this text".to_owned(),
        1 => "1 line".to_owned(),
        n => format!("{} lines", grouped(n as u64)),
    };
    let from = part.look.from.unwrap_or(0);
    if from == 0 && found.next.is_none() {
        return format!("{lines}.");
    }
    let (to, length) = (found.next.unwrap_or(part.log.length), part.log.length);
    format!("{lines} between {} and {} of {}.", size::bytes(from), size::bytes(to), size::bytes(length))
}

fn search_on(part: &Part, found: &Found) -> Option<AnyView> {
    let (next, text) = (found.next?, part.look.find.as_deref()?);
    let text = Url::escape(text);
    let href = format!("{}&find={text}&from={next}#step", part.query());
    Some(view! { " "<a href=href>"Search on from there"</a> }.into_any())
}

/// Without escape sequences and what they overwrite.
fn plain(text: &str) -> String {
    let record = crate::text::lines::Record(0, Stream::Out, text.to_owned());
    let chunk = crate::text::lines::Chunk { from: 0, to: text.len() as u64, records: vec![record] };
    let mut lines = Lines::default();
    lines.feed(&chunk);
    lines.finish().iter().map(Line::text).collect()
}
