//! What a step does, to the letter.

use crate::runbook::{Action, Command, Explain, Leg, Rehearse, Remedy, Runbook, Sql};
use leptos::prelude::*;

pub fn doing(runbook: &Runbook, action: &Action) -> AnyView {
    match action {
        Action::Command(command) => program(command),
        Action::Sql(sql) => statements(sql),
        Action::Query(query) => text(&query.sql),
        Action::Explain(explain) => queries(explain),
        Action::Inventory(_) => None::<()>.into_any(),
        Action::Rehearse(rehearse) => rehearsing(runbook, rehearse),
        Action::Remedy(remedy) => mending(runbook, remedy),
    }
}

/// The same in a few words.
pub fn summary(action: &Action) -> String {
    match action {
        Action::Command(command) => written(command),
        Action::Sql(sql) if sql.statements.len() == 1 => sql.statements.concat().trim().to_owned(),
        Action::Sql(sql) => format!("{} statements", sql.statements.len()),
        Action::Query(query) => query.sql.trim().to_owned(),
        Action::Explain(explain) => format!("{} queries", explain.queries.len()),
        Action::Inventory(_) => action.word().to_owned(),
        Action::Rehearse(_) => action.word().to_owned(),
        Action::Remedy(remedy) => remedy.title(),
    }
}

fn text(sql: &str) -> AnyView {
    view! { <pre class="cmd" tabindex="0" role="group" aria-label="What it does">{sql.trim().to_owned()}</pre> }.into_any()
}

/// One argument a word; those with a space are quoted, for reading only: no shell is between.
fn written(command: &Command) -> String {
    let quoted =
        |word: &String| if word.contains(char::is_whitespace) { format!("'{word}'") } else { word.clone() };
    command.argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

fn program(command: &Command) -> AnyView {
    let line = written(command);
    let place = command.cwd.clone().map(|cwd| view! { <p class="quiet small">"in "<code>{cwd}</code></p> });
    view! { {text(&line)}{place} }.into_any()
}

fn statements(sql: &Sql) -> AnyView {
    let note =
        if sql.transaction { "in one transaction" } else { "each by itself; the first error ends the step" };
    view! { {text(&sql.statements.join(";\n"))}<p class="quiet small">{note}</p> }.into_any()
}

fn rehearsing(runbook: &Runbook, rehearse: &Rehearse) -> AnyView {
    let leg = |leg: Leg<'_>| {
        let path = leg.path.and_then(|path| runbook.path(path));
        let title = path.map_or("Forward".to_owned(), |path| path.title.clone());
        let steps = leg.steps.iter().map(|step| view! { <li>{step.title.clone()}</li> }).collect_view();
        view! { <li>{title}": "<ol>{steps}</ol></li> }
    };
    view! {
        {program(&rehearse.copy)}
        <p class="quiet small">"makes a copy, and removes it when all of this was carried out on it:"</p>
        <ol class="small">{rehearse.legs(runbook).into_iter().map(leg).collect_view()}</ol>
    }
    .into_any()
}

fn mending(runbook: &Runbook, remedy: &Remedy) -> AnyView {
    let known = runbook.database.as_ref().and_then(|database| remedy.statements(database));
    statements(&Sql { statements: known.unwrap_or_default(), transaction: false })
}

fn queries(explain: &Explain) -> AnyView {
    let one = |title: String, sql: &str| {
        view! { <details class="more"><summary>{title}</summary>{text(sql)}</details> }
    };
    explain.queries.iter().map(|query| one(query.title.clone(), &query.sql)).collect_view().into_any()
}
