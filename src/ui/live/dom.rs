//! Lines of a log as elements, built by hand: a log may bring thousands in a second. Text goes in as text nodes only.

use crate::text::clock;
use crate::text::lines::{Line, Stream};
use web_sys::{Document, Element};

pub fn document() -> Option<Document> {
    web_sys::window()?.document()
}

pub fn element(document: &Document, name: &str, class: &str) -> Option<Element> {
    let element = document.create_element(name).ok()?;
    if !class.is_empty() {
        element.set_class_name(class);
    }
    Some(element)
}

/// The same markup as the server gives a line.
pub fn line(document: &Document, line: &Line) -> Option<Element> {
    let row = element(document, "div", if line.stream == Stream::Err { "line err" } else { "line" })?;
    let time = element(document, "time", "")?;
    time.set_text_content(Some(&clock::time_of_day_ms(line.at)));
    let body = element(document, "span", "")?;
    for span in &line.spans {
        let piece = element(document, "span", &span.class)?;
        piece.set_text_content(Some(&span.text));
        body.append_child(&piece).ok()?;
    }
    if let Some(marker) = line.marker() {
        let cut = element(document, "em", "")?;
        cut.set_text_content(Some(&marker));
        body.append_child(&cut).ok()?;
    }
    row.append_child(&time).ok()?;
    row.append_child(&body).ok()?;
    Some(row)
}
