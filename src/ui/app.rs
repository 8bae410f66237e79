//! Which page answers which address.

use super::pages::{
    AftercarePage, HomePage, LoginPage, NotFoundPage, PlansPage, PreflightPage, RunPage, RunbookPage,
    TargetsPage,
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// Every page is sent whole (`SsrMode::Async`): it must be complete with scripts off.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|page: String| format!("{page} · Kneeboard")/>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                <Route path=path!("/runs/:id") view=RunPage ssr=SsrMode::Async/>
                <Route path=path!("/runs/:id/aftercare") view=AftercarePage ssr=SsrMode::Async/>
                <Route path=path!("/runbooks/:slug") view=RunbookPage ssr=SsrMode::Async/>
                <Route path=path!("/runbooks/:slug/preflight") view=PreflightPage ssr=SsrMode::Async/>
                <Route path=path!("/targets") view=TargetsPage ssr=SsrMode::Async/>
                <Route path=path!("/plans") view=PlansPage ssr=SsrMode::Async/>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}
