//! The change report of a run: what was done, by whom, and what the database says of it, on paper too.

mod checklist;
mod plans;
mod signed;
mod steps;
mod told;

use super::awaited;
use crate::api::Trouble;
use crate::api::still::{ReportPage as Data, read_report};
use crate::evidence::report;
use crate::run::ledger::Entry;
use crate::run::telling::tell;
use crate::run::{Event, RunId, RunState};
use crate::ui::parts::{environment, masthead, when};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// `/runs/{id}/report`
#[component]
pub fn ReportPage() -> impl IntoView {
    let run = use_params_map().read_untracked().get("id").unwrap_or_default();
    awaited(page(run), shown)
}

async fn page(run: String) -> Result<Data, Trouble> {
    let run = run.parse::<RunId>().map_err(|_| Trouble::NotFound(format!("There is no run {run}.")))?;
    read_report(run).await
}

fn shown(page: &Data) -> AnyView {
    let state = &*page.state;
    view! {
        <Title text=format!("Report: {}", state.runbook.title)/>
        {masthead(&page.actor)}
        <main class="page report" id="main">
            {head(page)}
            {part("In plain words", sentences(report::summary(state, &page.events)))}
            {part("Left open", left_open(state))}
            {part("Who signed what", signed::signed(state))}
            {told::told(&page.told).map(|told| part("Who was told", told))}
            {part("Command said, database says", steps::steps(state))}
            {plans::plans(page).map(|plans| part("Plans before and after", plans))}
            {claims(&state.ledger()).map(|claims| part("Claimed and measured", claims))}
            {part("Checklists", checklist::checklists(state))}
            {part("What happened", timeline(state, &page.events))}
            {part("Checking this", checking(page))}
        </main>
    }
    .into_any()
}

fn part(title: &'static str, content: AnyView) -> AnyView {
    view! { <section class="card"><h2>{title}</h2>{content}</section> }.into_any()
}

fn head(page: &Data) -> AnyView {
    let state = &page.state;
    let run = format!("/runs/{}", state.run);
    view! {
        <header>
            <p>{environment::environment(&state.target.environment)}</p>
            <h1>{state.runbook.title.clone()}</h1>
            <p class="lead">{state.runbook.summary.clone()}</p>
            <p class="quiet small">
                "Run "<a class="mono" href=run>{state.run.to_string()}</a>
                ", runbook "<span class="mono">{state.runbook_sha256.clone()}</span>
                ", as of "{when::on(page.now)}". All times are UTC; on the screen, those of your zone may stand before them."
            </p>
        </header>
    }
    .into_any()
}

fn sentences(told: Vec<String>) -> AnyView {
    told.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view().into_any()
}

fn left_open(state: &RunState) -> AnyView {
    let open = report::left_open(state);
    if open.is_empty() {
        return view! { <p>"Nothing: every line is answered, every step passed, every gate was signed."</p> }
            .into_any();
    }
    view! { <ul>{open.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul> }.into_any()
}

fn claims(entries: &[Entry]) -> Option<AnyView> {
    let line = |entry: &Entry| {
        let details =
            entry.details.iter().map(|detail| view! { <small class="quiet">{detail.clone()}</small> });
        let claimed = if entry.claimed.is_empty() { "nothing".to_owned() } else { entry.claimed.clone() };
        view! {
            <tr>
                <th scope="row">{entry.text.clone()}<small class="quiet">{entry.source.clone()}</small></th>
                <td>{claimed}</td>
                <td>{entry.measured.clone()}{details.collect_view()}</td>
                <td>{entry.standing.word()}</td>
            </tr>
        }
    };
    let view = || {
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label="Claims"><table>
                <thead><tr>
                    <th scope="col">"Claim"</th><th scope="col">"Claimed"</th>
                    <th scope="col">"Measured here"</th><th scope="col">"So it"</th>
                </tr></thead>
                <tbody>{entries.iter().map(line).collect_view()}</tbody>
            </table></div>
        }
        .into_any()
    };
    (!entries.is_empty()).then(view)
}

fn timeline(state: &RunState, events: &[Event]) -> AnyView {
    let line = |event: &Event| {
        let told = tell(&state.runbook, event);
        let verdict = told.verdict.map(|verdict| format!(" ({})", verdict.word()));
        view! {
            <tr>
                <td class="unbroken">{when::on(event.at)}</td>
                <td class="num">{event.seq}</td>
                <td><b>{event.actor.clone()}</b>" "{told.what}{verdict}
                    {(!told.note.is_empty()).then(|| view! { <small class="quiet">{told.note}</small> })}
                </td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Events"><table>
            <thead><tr><th scope="col">"When"</th><th scope="col" class="num">"Event"</th><th scope="col">"What"</th></tr></thead>
            <tbody>{events.iter().map(line).collect_view()}</tbody>
        </table></div>
    }
    .into_any()
}

fn checking(page: &Data) -> AnyView {
    let run = &page.state.run;
    let command = match &page.key {
        Ok(key) => format!("kneeboard verify kneeboard-{run}.zip --key {key}"),
        Err(why) => why.clone(),
    };
    view! {
        <p>
            "This page was made from "{page.events.len()}" events, each sealed to the one before. The last one's hash is "
            <span class="mono">{page.state.hash.clone()}</span>"."
        </p>
        <p><a class="button" href=format!("/runs/{run}/evidence.zip") download="">"Download the evidence"</a></p>
        <p>"Events, logs, plans, runbook and signatures, signed by this console. Anybody can check it, without this server:"</p>
        <pre class="cmd" tabindex="0" role="region" aria-label="Command">{command}</pre>
    }
    .into_any()
}
