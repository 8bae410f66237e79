//! Which live page answers which address, the same on the server and in the browser.

use super::pages::{AftercarePage, HomePage, NotFoundPage, PlansPage, RunPage};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// What stands below is a run's. Links that lead elsewhere are the browser's own.
pub const RUNS: &str = "/runs";

/// The page at `path`, the address without its query.
#[component]
pub fn LivePages(path: String) -> impl IntoView {
    let page = || match path.as_str() {
        "/" => view! { <HomePage/> }.into_any(),
        "/plans" => view! { <PlansPage/> }.into_any(),
        _ => view! {
            <Router base=RUNS>
                <Routes fallback=NotFoundPage>
                    <Route path=path!("/:id") view=RunPage/>
                    <Route path=path!("/:id/aftercare") view=AftercarePage/>
                </Routes>
            </Router>
        }
        .into_any(),
    };
    view! {
        {title()}
        {page()}
    }
}

/// How every page is named.
pub fn title() -> impl IntoView {
    provide_meta_context();
    view! { <Title formatter=|page: String| format!("{page} · Kneeboard")/> }
}
