//! The cells of a node: what it is and what is known of it, its own time, its rows. A plan may have a thousand nodes,
//! so a node is few elements: facts are lines of one text, the bar is the ground of its cell.

use leptos::prelude::*;

use super::shown::Shown;

/// `level` is said in words where the table does not say it by itself.
#[component]
pub fn NodeName(node: Shown, #[prop(default = false)] level: bool) -> impl IntoView {
    let using = if node.object.is_some() { " using " } else { " on " };
    let badge = |badge: super::shown::Badge| view! { " " <span class=badge.class>{badge.words}</span> };
    view! {
        {level.then(|| view! { <span class="unseen">{format!("Level {}: ", node.level)}</span> })}
        {node.subplan.map(|name| view! { <i>{name}</i> " " })}
        <b>{node.operation}</b>
        {node.index.map(|index| view! { {using} <code>{index}</code> })}
        {node.object.map(|object| view! { " on " <code>{object}</code> })}
        {node.badges.into_iter().map(badge).collect_view()}
        {(!node.first.is_empty()).then(|| view! { <div class="facts">{node.first}</div> })}
        {(!node.more.is_empty())
            .then(|| {
                view! {
                    <details>
                        <summary>"More"</summary>
                        <div class="facts">{node.more}</div>
                    </details>
                }
            })}
    }
}

#[component]
pub fn OwnTime(exclusive: String, percent: Option<u8>) -> impl IntoView {
    let share = percent.map(|percent| format!("{percent}\u{a0}%"));
    view! { {exclusive} {share.map(|share| view! { " " <small>{share}</small> })} }
}

#[component]
pub fn Rows(rows: String, estimate: Option<String>) -> impl IntoView {
    view! { {rows} {estimate.map(|estimate| view! { " " <small>{estimate}</small> })} }
}
