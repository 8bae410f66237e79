//! Kneeboard walks operators through a PostgreSQL change in the browser. A room may use what stands below it, never above.

// A page is one type, as deep as its elements are nested.
#![recursion_limit = "256"]

pub mod api;
pub mod plan;
pub mod run;
pub mod runbook;
pub mod text;
pub mod ui;
pub mod verdict;

#[cfg(feature = "ssr")]
pub mod server;

/// Where the browser build begins: takes over the page that the server has sent.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(ui::App);
}
