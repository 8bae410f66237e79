//! The lines of a phase: answered by a person, or proven by a probe.

use super::item::item;
use crate::run::view::ItemStatus;
use crate::run::{Command, RunState};
use crate::runbook::{Item, Phase, Probe};
use crate::ui::parts::{Ask, Seen};
use leptos::prelude::*;

pub fn checklist(seen: &Seen<'_>, phase: &Phase) -> Option<AnyView> {
    let state = seen.state;
    if phase.items.is_empty() {
        return None;
    }
    let done = phase.items.iter().filter(|item| state.item_status(item).done()).count();
    let lines = phase.items.iter().map(|line| item(seen, line));
    let view = view! {
        <section class="card checklist" id="checklist" aria-labelledby="checklist-title">
            <header>
                <h2 id="checklist-title">{phase.title.clone()}": checklist"</h2>
                <span class="quiet">{done}" of "{phase.items.len()}" done"</span>
                {probe_all(seen, phase)}
            </header>
            {phase.help.clone().map(|help| view! { <p class="quiet">{help}</p> })}
            <ol>{lines.collect_view()}</ol>
        </section>
    };
    Some(view.into_any())
}

/// Where more than one probe is left.
fn probe_all(seen: &Seen<'_>, phase: &Phase) -> Option<AnyView> {
    let left = phase.items.iter().filter(|item| is_open_probe(seen.state, item)).count();
    let ask =
        Ask::new(Command::ProbeAll { phase: phase.id.clone() }, format!("Ask {left} probes")).look("small");
    (left > 1 && seen.state.ended.is_none()).then(|| ask.view(seen))
}

fn is_open_probe(state: &RunState, item: &Item) -> bool {
    let asks = !matches!(item.probe, None | Some(Probe::Step(_)));
    asks && matches!(
        state.item_status(item),
        ItemStatus::Open | ItemStatus::Failed | ItemStatus::Inconclusive
    )
}
