//! Receivers of notifications, each with what it takes and how it stands; what waits, and what was given up.

use super::awaited;
use crate::api::still::{NotificationsPage as Data, read_notifications};
use crate::server::notify::{Row, Standing};
use crate::ui::parts::{Sign, masthead, when};
use crate::verdict::Verdict;
use leptos::prelude::*;
use leptos_meta::Title;

/// `/notifications`
#[component]
pub fn NotificationsPage() -> impl IntoView {
    view! {
        <Title text="Notifications"/>
        {awaited(read_notifications(), shown)}
    }
}

fn shown(page: &Data) -> AnyView {
    let board = &page.board;
    let none = board.receivers.is_empty().then(|| {
        view! {
            <p class="quiet">"Nobody is told what happens. A file names who is: "<code>"kneeboard serve --notify FILE"</code>"."</p>
        }
    });
    let warnings = board.warnings.iter().map(|warning| view! { <p class="notice">{warning.clone()}</p> });
    view! {
        {masthead(&page.actor)}
        <main class="page" id="main">
            <h1>"Notifications"</h1>
            <p class="quiet">"Who is told what happens in runs, by webhook and by e-mail. No run waits for that."</p>
            {warnings.collect_view()}
            {none}
            <ul class="keys">{board.receivers.iter().map(receiver).collect_view()}</ul>
            <h2>"Waiting"</h2>
            {rows(&board.waiting, "Waiting")}
            <h2>"Given up"</h2>
            {rows(&board.given_up, "Given up")}
        </main>
    }
    .into_any()
}

fn receiver(standing: &Standing) -> AnyView {
    let (sign, word) = match standing {
        Standing { reached: None, .. } => (Sign::WAITING, "no longer named"),
        Standing { failing: true, .. } => (Sign::from(Verdict::Fail), "not reached"),
        Standing { last_delivered: None, .. } => (Sign::WAITING, "not told anything yet"),
        _ => (Sign::from(Verdict::Pass), "reached"),
    };
    let takes = standing.reached.clone().zip(standing.wants.clone());
    let takes = takes.map(|(reached, wants)| view! { <p class="quiet">{reached}"; takes "{wants}</p> });
    let last = standing.last_delivered.map(|at| view! { ", last "{when::on(at)} });
    let since = standing.since.map(|at| view! { ". Hears what happened after "{when::on(at)} });
    view! {
        <li class="card">
            <p>{sign.with(word)}" "<b>{standing.name.clone()}</b></p>
            {takes}
            <p class="quiet">
                {standing.delivered}" delivered"{last}", "{standing.waiting}" waiting, "{standing.given_up}" given up"{since}
            </p>
        </li>
    }
    .into_any()
}

fn rows(rows: &[Row], label: &'static str) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="quiet">"Nothing."</p> }.into_any();
    }
    let line = |row: &Row| {
        view! {
            <tr>
                <td class="unbroken">{when::on(row.at)}</td>
                <th scope="row"><a href=format!("/runs/{}", row.run)>{row.title.clone()}</a></th>
                <td>{row.receiver.clone()}</td>
                <td>{row.stands()}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll card" tabindex="0" role="region" aria-label=label>
            <table class="told">
                <thead>
                    <tr>
                        <th scope="col">"Happened"</th><th scope="col">"What"</th>
                        <th scope="col">"Receiver"</th><th scope="col">"Stands"</th>
                    </tr>
                </thead>
                <tbody>{rows.iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
