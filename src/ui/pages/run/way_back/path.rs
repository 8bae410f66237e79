//! One way back.

use crate::run::readiness::{Loss, Open};
use crate::run::{Command, RunState};
use crate::runbook::RollbackPath;
use crate::text::number::grouped;
use crate::ui::pages::run::doing::doing;
use crate::ui::parts::{Ask, Field, Seen, Sign, challenge, second_persons, when};
use crate::verdict::Verdict;
use leptos::prelude::*;

pub fn path(seen: &Seen<'_>, path: &RollbackPath) -> AnyView {
    let state = seen.state;
    let loss = state.written_since_backup().filter(|_| path.loses_writes);
    let form = form(seen, path, loss.as_ref());
    let asked = state.asked_back.as_ref().is_some_and(|asked| asked.path == path.id);
    let open = asked || form.was_sent(seen);
    let ready = state.ended.is_none().then(|| state.open(path));
    let running = state.live_attempt().filter(|_| state.rollback.is_none());
    let running = running.and_then(|live| state.runbook.step(&live.step)).map(|(_, step)| {
        view! { <p class="quiet">"\""{step.title.clone()}"\" runs now: it is cancelled first, and the way back starts behind its end."</p> }
    });
    let beware = state.beware(path).into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    view! {
        <li>
            <details name="way-back" open=open>
                <summary>
                    {ready.as_ref().map(word)}" "<b>{path.title.clone()}</b>
                    <small>"Loses: "{path.loses.clone()}</small>
                    <small>{state.takes(path)}</small>
                </summary>
                {ready.map(why)}
                <p>{path.summary.clone()}</p>
                {loss.map(|loss| lost(state, loss))}
                <ul class="beware">{beware}</ul>
                <p>"What will run, one after the other, to the first failure:"</p>
                <ol class="runs">{runs(state, path)}</ol>
                {running}
                {second(state, path)}
                {state.ended.is_none().then(|| form.view(seen))}
            </details>
        </li>
    }
    .into_any()
}

fn word(ready: &Open) -> AnyView {
    match ready {
        Open::Yes => Sign::PASS.with("open"),
        Open::No { .. } => Sign::from(Verdict::Fail).with("closed"),
        Open::Unseen(_) => Sign::from(Verdict::Inconclusive).with("cannot see"),
    }
}

fn why(ready: Open) -> Option<AnyView> {
    match ready {
        Open::Yes => None,
        Open::No { why, hint } => Some(view! { <p class="why">"Closed: "{why}". "{hint}</p> }.into_any()),
        Open::Unseen(why) => Some(
            view! { <p class="why">"Whether it is open cannot be seen: "{why}". It can be taken; its steps look for themselves."</p> }
                .into_any(),
        ),
    }
}

fn lost(state: &RunState, loss: Loss) -> AnyView {
    let taken = state.backup().and_then(|backup| backup.running_at).map(|at| view! { " of "{when::at(at)} });
    match loss {
        Loss::Rows(tables) => {
            let rows: i64 = tables.iter().map(|table| table.rows()).sum();
            let each = tables.iter().map(|table| {
                let n = |n: i64| grouped(n.unsigned_abs());
                view! {
                    <tr><th scope="row">{table.table.clone()}</th><td>{n(table.inserted)}</td><td>{n(table.updated)}</td><td>{n(table.deleted)}</td></tr>
                }
            });
            let each = each.collect_view();
            view! {
                <p><b>{grouped(rows.unsigned_abs())}</b>" rows were written since the backup"{taken}"."</p>
                {(rows > 0).then(|| view! {
                    <table class="lost">
                        <thead><tr><th scope="col">"table"</th><th scope="col">"inserted"</th><th scope="col">"updated"</th><th scope="col">"deleted"</th></tr></thead>
                        <tbody>{each}</tbody>
                    </table>
                })}
                <p class="quiet small">"By the server's counters, which may be ten seconds behind and count what was rolled back as well."</p>
            }
            .into_any()
        }
        Loss::Unknown(why) => {
            view! { <p>"How many rows were written since the backup"{taken}" is not known: "{why}"."</p> }
                .into_any()
        }
    }
}

fn runs(state: &RunState, path: &RollbackPath) -> AnyView {
    let steps = path.steps.iter().filter_map(|id| state.runbook.step(id)).map(|(_, step)| {
        let status = state.step_status(&step.id);
        view! {
            <li>
                {Sign::from(status).mark()}" "<a href=format!("?step={}#step", step.id)>{step.title.clone()}</a><span class="unseen">": "{status.word()}</span>
                {doing(&state.runbook, &step.run)}
            </li>
        }
    });
    steps.collect_view().into_any()
}

/// Who is wanted besides the one who asks.
fn second(state: &RunState, path: &RollbackPath) -> Option<AnyView> {
    if !path.second_person || state.ended.is_some() {
        return None;
    }
    let asked = state.asked_back.as_ref().filter(|asked| asked.path == path.id);
    let view = match asked {
        Some(asked) => view! {
            <p class="why">{asked.by.who.clone()}" asked for it at "{when::at(asked.by.at)}": "{asked.reason.clone()}". It starts when a second person, an operator or an approver, has typed the same."</p>
        }
        .into_any(),
        None => view! { <p class="quiet">"It takes two: you ask for it, and it starts when a second person has typed the same."</p> }.into_any(),
    };
    Some(view)
}

fn form(seen: &Seen<'_>, path: &RollbackPath, loss: Option<&Loss>) -> Ask {
    let state = seen.state;
    let asked = state.asked_back.as_ref().filter(|asked| path.second_person && asked.path == path.id);
    let shown = challenge(seen, asked.filter(|asked| asked.by.who != seen.actor.name).map(|asked| asked.seq));
    let database = state.target.database.clone();
    let rows = loss.map(Loss::typed).unwrap_or_default();
    let command = Command::RollBack {
        path: path.id.clone(),
        reason: "…".to_owned(),
        confirm: database.clone(),
        rows: rows.clone(),
        shown: shown.clone().unwrap_or_default(),
    };
    let form = Ask::new(command, format!("Roll back: {}", path.title))
        .look("back")
        .field(Field::required("reason", "Why"))
        .field(Field::required("confirm", format!("Type the database's name: {database}")));
    let rows = loss.map(|_| Field::required("rows", format!("Type how many rows are given up: {rows}")));
    form.fields(rows).fields(shown.map(|shown| second_persons(&shown)))
}
