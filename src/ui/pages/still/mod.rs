//! Pages that show what was read when they were asked for. They are made on the server alone and work without scripts.

mod login;
mod notifications;
mod preflight;
mod report;
mod runbook;
mod second_factor;
mod sessions;
mod sign;
mod targets;

use super::NotFoundPage;
use crate::api::Trouble;
use crate::api::caller::told;
use crate::ui::app::title;
use crate::ui::parts::trouble;
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// Which still page answers which address.
#[component]
pub fn StillPages() -> impl IntoView {
    view! {
        {title()}
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/runbooks/:slug") view=runbook::RunbookPage/>
                <Route path=path!("/runbooks/:slug/preflight") view=preflight::PreflightPage/>
                <Route path=path!("/runs/:id/report") view=report::ReportPage/>
                <Route path=path!("/sign/:run") view=sign::SignPage/>
                <Route path=path!("/targets") view=targets::TargetsPage/>
                <Route path=path!("/notifications") view=notifications::NotificationsPage/>
                <Route path=path!("/sessions") view=sessions::SessionsPage/>
                <Route path=path!("/second-factor") view=second_factor::SecondFactorPage/>
                <Route path=path!("/login") view=login::LoginPage/>
            </Routes>
        </Router>
    }
}

/// What was read, or why it could not be.
fn awaited<T: 'static>(
    page: impl Future<Output = Result<T, Trouble>> + Send + 'static,
    shown: fn(&T) -> AnyView,
) -> impl IntoView {
    Suspend::new(async move {
        match page.await {
            Ok(page) => shown(&page),
            Err(why) => trouble(&told(why)),
        }
    })
}
