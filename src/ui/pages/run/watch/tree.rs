//! Who stands in the step's way, and who waits behind it.

use crate::text::duration;
use crate::ui::parts::Sign;
use crate::verdict::Verdict;
use crate::watch::{Branch, Session, Sighting};
use leptos::prelude::*;

/// So many of a long queue are named.
const MOST: usize = 8;

pub fn trees(sighting: &Sighting) -> AnyView {
    let (way, behind, queued) = (sighting.in_our_way(), sighting.behind_us(), sighting.queued().len());
    view! {
        <div class="waits">
            <h3>"In its way"</h3>
            {if way.is_empty() {
                view! { <p class="quiet">"nobody"</p> }.into_any()
            } else {
                branches(&way)
            }}
            <h3>"Waiting behind it"</h3>
            {if queued == 0 {
                view! { <p class="quiet">"nobody"</p> }.into_any()
            } else {
                let more = behind.len().saturating_sub(MOST);
                let more = (more > 0).then(|| view! { <p class="quiet">"and "{more}" more"</p> });
                let word = if queued == 1 { "session" } else { "sessions" };
                let sign = Sign::from(Verdict::Inconclusive).with(format!("{queued} {word}"));
                let first = branches(&behind[..behind.len().min(MOST)]);
                view! { <div><p>{sign}</p>{first}{more}</div> }.into_any()
            }}
        </div>
    }
    .into_any()
}

fn branches(all: &[Branch<'_>]) -> AnyView {
    let one = |branch: &Branch<'_>| {
        let head = match branch.session {
            Some(seen) => session(seen),
            None => view! { <p>"a prepared transaction"</p> }.into_any(),
        };
        let twigs = (!branch.twigs.is_empty()).then(|| branches(&branch.twigs));
        view! { <li>{head}{twigs}</li> }
    };
    view! { <ul class="tree">{all.iter().map(one).collect_view()}</ul> }.into_any()
}

/// Who, how long, and what it does.
pub fn session(session: &Session) -> AnyView {
    let age = session.transaction_ms.map(|ms| format!("in its transaction for {}", duration::clock(ms)));
    let waits = session.waiting_ms.map(|ms| format!("waiting for {}", duration::clock(ms)));
    let told: Vec<String> = [session.state.clone(), age, waits].into_iter().flatten().collect();
    let told = if told.is_empty() { "cannot see what it does".to_owned() } else { told.join(", ") };
    let query = session.query.as_ref().map(|query| query.split_whitespace().collect::<Vec<_>>().join(" "));
    view! {
        <p><b>{session.who()}</b>" · "{told}</p>
        {query.map(|query| view! { <p><code class="query">{query}</code></p> })}
    }
    .into_any()
}
