//! Builds by their phase, copies by their rows.

use crate::watch::{Build, Copied, Sighting};
use leptos::prelude::*;

pub fn progress(sighting: &Sighting) -> Option<AnyView> {
    let any = !sighting.builds.is_empty() || !sighting.copies.is_empty();
    let view = view! {
        <ul class="at-work">
            {sighting.builds.iter().map(build).collect_view()}
            {sighting.copies.iter().map(copied).collect_view()}
        </ul>
    };
    any.then(|| view.into_any())
}

fn build(build: &Build) -> AnyView {
    let what = build.index.clone().unwrap_or_else(|| format!("an index on {}", build.table));
    let counted = build.counted().map(|(done, _)| {
        let label = format!("{} of this phase", build.phase);
        view! { <progress max=done.of.to_string() value=done.done.min(done.of).to_string() aria-label=label></progress> }
    });
    view! {
        <li>
            <p><b>{build.command.clone()}</b>" "<code>{what}</code></p>
            <p><b>{build.phase.clone()}</b>{build.counted_words().map(|words| format!(": {words}"))}</p>
            {counted}
            <p class="quiet small">{build.meaning()}</p>
        </li>
    }
    .into_any()
}

fn copied(copied: &Copied) -> AnyView {
    let bar = copied.estimate.map(|of| {
        let label = format!("rows of {}", copied.table);
        view! { <progress max=of.to_string() value=copied.tuples.min(of).to_string() aria-label=label></progress> }
    });
    view! { <li><p>{copied.words()}</p>{bar}</li> }.into_any()
}
