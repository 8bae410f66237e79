//! Ending a run: when all is done, or as it is.

use crate::run::Command;
use crate::run::wants::Want;
use crate::ui::parts::{Ask, Field, Seen};
use leptos::prelude::*;

/// Nothing is left but to end it.
pub fn done(seen: &Seen<'_>) -> Option<AnyView> {
    let state = seen.state;
    let words =
        if state.rolled_back() { "The way back was walked to its end." } else { "Every gate is open." };
    let end = Ask::new(Command::EndRun { note: "…".to_owned() }, "End the run")
        .look("go")
        .field(Field::optional("note", "Note"));
    (state.want() == Want::End).then(|| {
        view! {
            <section class="card end" id="end" aria-labelledby="end-title">
                <h2 id="end-title">"Done"</h2>
                <p>{words}</p>
                {end.view(seen)}
            </section>
        }
        .into_any()
    })
}

/// As it is, before its end.
pub fn abandon(seen: &Seen<'_>) -> Option<AnyView> {
    let before_the_end = !matches!(seen.state.want(), Want::End | Want::Nothing);
    let abandon = Command::Abandon { reason: "…".to_owned() };
    let abandon = Ask::new(abandon, "Abandon the run").look("stop").field(
        Field::required("reason", "Why")
            .hint("The database stays as it is, and the target is free for another run."),
    );
    before_the_end.then(|| {
        view! { <section class="end" aria-label="Abandon the run">{abandon.folded("Abandon this run…", seen)}</section> }
            .into_any()
    })
}
