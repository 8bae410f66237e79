//! The way back: each path with what it loses, and the form that takes it. Always on the page.

use crate::run::Command;
use crate::runbook::RollbackPath;
use crate::ui::parts::{Ask, Field, Seen, Sign, when};
use crate::verdict::Verdict;
use leptos::prelude::*;

pub fn way_back(seen: &Seen<'_>) -> AnyView {
    let state = seen.state;
    let paths = &state.runbook.rollback;
    let note = if paths.is_empty() {
        Some("This runbook changes nothing that would have to be taken back.")
    } else {
        None
    };
    let under_way = state.rollback.as_ref().map(|chosen| {
        let title = state.runbook.path(&chosen.path).map_or(String::new(), |path| path.title.clone());
        let (sign, word) = if state.rolled_back() {
            (Sign::from(Verdict::Pass), "walked to its end")
        } else {
            (Sign::NOW, "under way")
        };
        view! {
            <div class="judged ask">
                <p>{sign.with(word)}" · "<b>{title}</b></p>
                <p class="answer">"chosen by "{chosen.by.who.clone()}" "{when::at(chosen.by.at)}<span class="note">{chosen.reason.clone()}</span></p>
            </div>
        }
    });
    view! {
        <section class="card way-back" class:none=paths.is_empty() id="way-back" aria-labelledby="way-back-title">
            <h2 id="way-back-title">"The way back"</h2>
            {note.map(|note| view! { <p class="quiet">{note}</p> })}
            {under_way}
            <ul>{paths.iter().map(|way| path(seen, way)).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn path(seen: &Seen<'_>, path: &RollbackPath) -> AnyView {
    let state = seen.state;
    let steps = path.steps.iter().filter_map(|id| state.runbook.step(id)).map(|(_, step)| {
        let status = state.step_status(&step.id);
        view! { <li>{Sign::from(status).mark()}" "<a href=format!("?step={}#step", step.id)>{step.title.clone()}</a><span class="unseen">": "{status.word()}</span></li> }
    });
    let database = state.target.database.clone();
    let command = Command::RollBack {
        path: path.id.clone(),
        reason: "…".to_owned(),
        confirm: database.clone(),
        rows: String::new(),
    };
    let running = state.live_attempt().filter(|_| state.rollback.is_none());
    let running = running.and_then(|live| state.runbook.step(&live.step)).map(|(_, step)| {
        view! { <p class="quiet">"\""{step.title.clone()}"\" runs now: it is cancelled first, and the way back starts behind its end."</p> }
    });
    let form = Ask::new(command, format!("Roll back: {}", path.title))
        .look("back")
        .field(Field::required("reason", "Why"))
        .field(Field::required("confirm", format!("Type the database's name: {database}")));
    let open = form.was_sent(seen);
    view! {
        <li>
            <details name="way-back" open=open>
                <summary><b>{path.title.clone()}</b><small>"Loses: "{path.loses.clone()}</small></summary>
                <p>{path.summary.clone()}</p>
                <ol>{steps.collect_view()}</ol>
                {running}
                {state.ended.is_none().then(|| form.view(seen))}
            </details>
        </li>
    }
    .into_any()
}
