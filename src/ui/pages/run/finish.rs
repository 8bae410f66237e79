//! Ending a run: when all is done, or as it is.

use crate::run::Command;
use crate::run::wants::Want;
use crate::ui::parts::{Ask, Field, Seen};
use leptos::prelude::*;

pub fn finish(seen: &Seen<'_>) -> Option<AnyView> {
    let state = seen.state;
    if state.ended.is_some() {
        return None;
    }
    let end = Ask::new(Command::EndRun { note: "…".to_owned() }, "End the run")
        .field(Field::optional("note", "Note"));
    if state.want() == Want::End {
        let words =
            if state.rolled_back() { "The way back was walked to its end." } else { "Every gate is open." };
        let view = view! {
            <section class="card end" id="end" aria-labelledby="end-title">
                <h2 id="end-title">"Done"</h2>
                <p>{words}</p>
                {end.look("go").view(seen)}
            </section>
        };
        return Some(view.into_any());
    }
    let abandon = Command::Abandon { reason: "…".to_owned() };
    let abandon = Ask::new(abandon, "Abandon the run").look("stop").field(
        Field::required("reason", "Why")
            .hint("The database stays as it is, and the target is free for another run."),
    );
    let view = view! {
        <section class="end" id="end" aria-label="Abandon the run">
            <details class="more"><summary>"Abandon this run…"</summary>{abandon.view(seen)}</details>
        </section>
    };
    Some(view.into_any())
}
