//! The arrow keys in a tree of rows, as the pattern `treegrid` of ARIA's authoring practices has them. Without scripts
//! it is a table, which a screen reader walks by itself.

use leptos::ev::KeyboardEvent;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Up and down by rows, left to the node above, right to the first below, Home and End; Enter opens what more is known.
/// Only one row is a stop of the Tab key: the one that was last walked to.
pub fn walk(event: KeyboardEvent) {
    let row = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let Some(row) = row.filter(|row| row.get_attribute("role").as_deref() == Some("row")) else { return };
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key() {
        return;
    }
    if answer(&row, &event.key()).is_some() {
        event.prevent_default();
    }
}

fn answer(row: &HtmlElement, key: &str) -> Option<()> {
    if key == "Enter" {
        let more = row.query_selector("details").ok()??;
        return more.toggle_attribute("open").ok().map(|_| ());
    }
    let rows = rows(row)?;
    let at = rows.iter().position(|other| other == row)?;
    let to = match key {
        "ArrowDown" => rows.get(at + 1)?,
        "ArrowUp" => rows.get(at.checked_sub(1)?)?,
        "ArrowRight" => rows.get(at + 1).filter(|next| level(next) > level(row))?,
        "ArrowLeft" => rows[..at].iter().rfind(|above| level(above) < level(row))?,
        "Home" => rows.first()?,
        "End" => rows.last()?,
        _ => return None,
    };
    row.set_tab_index(-1);
    to.set_tab_index(0);
    to.focus().ok()
}

fn rows(row: &HtmlElement) -> Option<Vec<HtmlElement>> {
    let rows = row.closest("table").ok()??.query_selector_all("tbody > tr").ok()?;
    (0..rows.length()).map(|at| rows.item(at)?.dyn_into().ok()).collect()
}

fn level(row: &HtmlElement) -> usize {
    row.get_attribute("aria-level").and_then(|level| level.parse().ok()).unwrap_or_default()
}
