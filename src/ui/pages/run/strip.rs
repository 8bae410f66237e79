//! The strip that stays on top of a run's page: where one acts, whether what one sees is true, and the ways out.

use crate::run::RunState;
use crate::ui::live::Link;
use crate::ui::parts::environment::is_production;
use crate::ui::parts::{environment, when};
use leptos::prelude::*;

/// `now` is the console's clock in Unix milliseconds; none of it is the viewer's.
pub fn strip(state: &RunState, now: i64, link: Link) -> AnyView {
    let target = &state.target;
    let class = if is_production(&target.environment) { "strip production" } else { "strip" };
    view! {
        <div class=class role="region" aria-label="Target and connection">
            {environment::environment(&target.environment)}
            <span class="target"><b>{target.database.clone()}</b>"@"{target.host.clone()}</span>
            <span class="version">"PostgreSQL "{target.server_version.clone()}</span>
            <span class="end">
                <span class="clock">{when::at_utc(now)}</span>
                <span class=format!("link {}", link.class()) role="status">{link.words()}</span>
            </span>
            {ways_out(state)}
        </div>
    }
    .into_any()
}

/// In reach wherever one has scrolled to; on a phone at the thumb.
fn ways_out(state: &RunState) -> Option<AnyView> {
    let running = state.live_attempt().is_some_and(|attempt| attempt.ended_at.is_none());
    let back = !state.runbook.rollback.is_empty();
    let view = view! {
        <nav class="ways-out" aria-label="Ways out">
            // Another step may be looked at: the one that runs is shown by an address that chooses none.
            {running.then(|| view! { <a class="button stop" href="?#cancel">"Cancel…"</a> })}
            {back.then(|| view! { <a class="button back" href="#way-back">"Roll back…"</a> })}
        </nav>
    };
    (state.ended.is_none() && (running || back)).then(|| view.into_any())
}
