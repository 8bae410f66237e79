//! Kneeboard walks operators through a PostgreSQL change in the browser. A room may use what stands below it, never above.

// A page is one type, as deep as its elements are nested.
#![recursion_limit = "256"]

pub mod aftercare;
pub mod api;
pub mod plan;
pub mod preflight;
pub mod run;
pub mod runbook;
pub mod text;
pub mod ui;
pub mod verdict;
pub mod watch;

#[cfg(feature = "ssr")]
pub mod evidence;
#[cfg(feature = "ssr")]
pub mod server;

/// Where the browser build begins: takes over the page that the server has sent.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    let path = leptos::prelude::window().location().pathname().unwrap_or_default();
    leptos::mount::hydrate_body(|| ui::LivePages(ui::LivePagesProps { path }));
}

/// Folds events (a JSON array) to a run's state as JSON, by the very code that the pages use: so that a test can hold it against
/// what the server says.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn fold(events: &str) -> Option<String> {
    let events: Vec<run::Event> = serde_json::from_str(events).ok()?;
    serde_json::to_string(&run::RunState::fold(&events)?).ok()
}
