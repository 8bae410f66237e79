//! Everything that a runbook asks and does, in order, and its ways back.

use crate::runbook::{Item, Phase, PhaseKind, Probe, RollbackPath, Runbook, Step};
use crate::text::duration;
use leptos::prelude::*;

pub fn outline(runbook: &Runbook) -> AnyView {
    view! {
        {runbook.forward().map(phase).collect_view()}
        {(!runbook.rollback.is_empty()).then(|| ways_back(runbook))}
    }
    .into_any()
}

fn phase(phase: &Phase) -> AnyView {
    let signs = phase.gate.as_ref().map(|gate| {
        let who = gate.sign_offs.iter().map(|rule| {
            if rule.people > 1 { format!("{} × {}", rule.people, rule.role) } else { rule.role.to_string() }
        });
        let who = who.collect::<Vec<_>>().join(", ");
        view! { <p><span class="label">"Signed by"</span>" "{who}</p><blockquote>{gate.statement.clone()}</blockquote> }
    });
    view! {
        <section class="card stack" aria-labelledby=format!("phase-{}", phase.id)>
            <h2 id=format!("phase-{}", phase.id)>{phase.title.clone()}</h2>
            {phase.help.clone().map(|help| view! { <p class="quiet">{help}</p> })}
            {(!phase.items.is_empty()).then(|| view! {
                <div><h3 class="label">"Checklist"</h3><ul class="outline">{phase.items.iter().map(item).collect_view()}</ul></div>
            })}
            {(!phase.steps.is_empty()).then(|| view! {
                <div><h3 class="label">"Steps"</h3><ol class="outline">{phase.steps.iter().map(step).collect_view()}</ol></div>
            })}
            {signs}
        </section>
    }
    .into_any()
}

fn item(item: &Item) -> AnyView {
    let how = match &item.probe {
        None => "a person answers",
        Some(Probe::Step(_)) => "proven by a step",
        Some(_) => "the console asks",
    };
    view! {
        <li>
            <p>{item.title.clone()}" "<small class="quiet">{how}</small></p>
            {item.help.clone().map(|help| view! { <p class="help">{help}</p> })}
        </li>
    }
    .into_any()
}

fn step(step: &Step) -> AnyView {
    let most = duration::words(i64::try_from(step.timeout.ms()).unwrap_or(i64::MAX));
    view! {
        <li>
            <p>{step.title.clone()}" "<small class="quiet">{step.run.word()}", at most "{most}</small></p>
            {step.help.clone().map(|help| view! { <p class="help">{help}</p> })}
        </li>
    }
    .into_any()
}

fn ways_back(runbook: &Runbook) -> AnyView {
    let steps = |path: &RollbackPath| {
        let titles = path.steps.iter().filter_map(|id| runbook.step(id)).map(|(_, step)| step.title.clone());
        titles.map(|title| view! { <li>{title}</li> }).collect_view()
    };
    let path = |path: &RollbackPath| {
        view! {
            <li>
                <p><b>{path.title.clone()}</b></p>
                <p>{path.summary.clone()}</p>
                <p class="help">"Loses: "{path.loses.clone()}</p>
                <ol class="outline">{steps(path)}</ol>
            </li>
        }
    };
    let phases = runbook.phases.iter().filter(|phase| phase.kind == PhaseKind::Rollback);
    let help = phases.filter_map(|phase| phase.help.clone()).collect::<Vec<_>>().join(" ");
    view! {
        <section class="card stack way-back" aria-labelledby="ways-back">
            <h2 id="ways-back">"The ways back"</h2>
            {(!help.is_empty()).then(|| view! { <p class="quiet">{help}</p> })}
            <ul class="outline">{runbook.rollback.iter().map(path).collect_view()}</ul>
        </section>
    }
    .into_any()
}
