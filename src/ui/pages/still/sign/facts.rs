//! What a signer should know, in the order in which they would ask: what, where, when, what can go wrong, the way back, the evidence.

use crate::run::RunState;
use crate::run::event::Preflight;
use crate::run::readiness::Open;
use crate::run::view::ItemStatus;
use crate::runbook::{Item, Phase, RollbackPath};
use crate::text::duration;
use crate::ui::parts::{Sign, when};
use crate::verdict::Verdict;
use leptos::prelude::*;

pub fn facts(state: &RunState, phase: &Phase, preflight: Option<&Preflight>) -> AnyView {
    let target = &state.target;
    view! {
        <dl class="facts">
            <dt>"What"</dt>
            <dd><b>{state.runbook.title.clone()}</b>" "{state.runbook.summary.clone()}</dd>
            <dt>"Where"</dt>
            <dd><b>{target.database.clone()}</b>" on "{target.host.clone()}", PostgreSQL "{target.server_version.clone()}{revision(state)}</dd>
            <dt>"When"</dt>
            <dd>"As soon as the gate is open, when an operator starts it. The run was started by "{state.started.who.clone()}", "{when::on(state.started.at)}"."{windows(state)}{takes(state, phase)}{valid(phase)}</dd>
            <dt>"What can go wrong"</dt>
            <dd>{risks(state, phase, preflight)}</dd>
            <dt>"The way back"</dt>
            <dd>{ways_back(state)}</dd>
            <dt>"Evidence"</dt>
            <dd>{evidence(state, phase)}</dd>
        </dl>
    }
    .into_any()
}

fn revision(state: &RunState) -> Option<String> {
    let revision = state.runbook.database.as_ref()?.revision.as_ref()?;
    Some(format!(". Revision {} becomes {}", revision.before, revision.after))
}

fn windows(state: &RunState) -> Option<String> {
    let window = state.window.as_ref()?;
    let lead = if window.open { "Its window is open" } else { "Outside its window:" };
    Some(format!(" {lead} {}.", window.says))
}

/// The rehearsed steps behind the gate, together.
fn takes(state: &RunState, phase: &Phase) -> Option<String> {
    let rehearsed = state.behind(phase).filter(|step| state.runbook.step(&step.id).is_some_and(forward));
    let ms: Vec<i64> = rehearsed.filter_map(|step| Some(state.rehearsed(&step.id)?.ms)).collect();
    (!ms.is_empty()).then(|| format!(" In the rehearsal it took {}.", duration::words(ms.iter().sum())))
}

fn valid(phase: &Phase) -> Option<String> {
    let valid_for = phase.gate.as_ref()?.valid_for?;
    let long = duration::words(i64::try_from(valid_for.ms()).unwrap_or(i64::MAX));
    Some(format!(" Your signature is good for {long}, until what it opens has begun."))
}

fn forward((phase, _): (&Phase, &crate::runbook::Step)) -> bool {
    phase.kind != crate::runbook::PhaseKind::Rollback
}

/// What was not plainly good and was taken all the same.
fn risks(state: &RunState, phase: &Phase, preflight: Option<&Preflight>) -> AnyView {
    let mut risks: Vec<(Verdict, String)> = Vec::new();
    if let Some(preflight) = preflight.filter(|preflight| preflight.verdict != Verdict::Pass) {
        let despite = preflight.despite.as_ref().map(|why| format!(" Started all the same: {why}"));
        let said = format!("Preflight: {}.{}", preflight.sentence, despite.unwrap_or_default());
        risks.push((preflight.verdict, said));
    }
    for (item, by, why) in phases_up_to(state, phase).flat_map(|phase| &phase.items).filter_map(|item| {
        let (by, why) = state.items.get(&item.id)?.accepted.as_ref()?;
        Some((item, by, why))
    }) {
        risks.push((Verdict::Inconclusive, format!("\"{}\" was accepted by {}: {why}", item.title, by.who)));
    }
    for step in state.behind(phase).filter(|step| step.irreversible) {
        risks.push((Verdict::Inconclusive, format!("\"{}\" cannot be undone.", step.title)));
    }
    let lint = state.intents.get(&phase.id).into_iter();
    for line in lint.flat_map(|resolved| resolved.intent.of(crate::run::intent::Part::Lint)) {
        risks.push((Verdict::Inconclusive, format!("{}. {}", line.name, line.value)));
    }
    if risks.is_empty() {
        return view! { <p>"Nothing that the console has found: every line passed, and the linter has nothing to say."</p> }.into_any();
    }
    let line = |(verdict, text): (Verdict, String)| view! { <li>{Sign::from(verdict).mark()}" "{text}</li> };
    view! { <ul>{risks.into_iter().map(line).collect_view()}</ul> }.into_any()
}

fn ways_back(state: &RunState) -> AnyView {
    let line = |path: &RollbackPath| {
        let (sign, word) = match state.open(path) {
            Open::Yes => (Sign::PASS, "open".to_owned()),
            Open::No { why, .. } => (Sign::from(Verdict::Fail), format!("closed now: {why}")),
            Open::Unseen(why) => (Sign::from(Verdict::Inconclusive), why),
        };
        view! {
            <li>
                <b>{path.title.clone()}</b>" "{sign.with(word)}
                <small>"Loses: "{path.loses.clone()}" "{state.takes(path)}</small>
            </li>
        }
    };
    let paths = &state.runbook.rollback;
    if paths.is_empty() {
        return view! { <p>"The runbook has none."</p> }.into_any();
    }
    view! { <ul>{paths.iter().map(line).collect_view()}</ul> }.into_any()
}

fn evidence(state: &RunState, phase: &Phase) -> AnyView {
    let items = phase.items.iter().map(|item| {
        let status = state.item_status(item);
        (Sign::from(status), item.title.clone(), status.word(), note(state, item, status))
    });
    let steps = phase.steps.iter().map(|step| {
        let status = state.step_status(&step.id);
        let judged = state.last_attempt(&step.id).and_then(|attempt| attempt.judged.as_ref());
        let reason = judged.map(|judged| judged.reason.clone()).unwrap_or_default();
        (Sign::from(status), step.title.clone(), status.word(), reason)
    });
    let lines: Vec<_> = items.chain(steps).collect();
    let line = |(sign, title, word, note): (Sign, String, &'static str, String)| {
        view! { <li>{sign.mark()}" "<b>{title}</b>" "{word}<small>{note}</small></li> }
    };
    view! { <ul>{lines.into_iter().map(line).collect_view()}</ul> }.into_any()
}

fn note(state: &RunState, item: &Item, status: ItemStatus) -> String {
    let Some(known) = state.items.get(&item.id) else { return String::new() };
    match status {
        ItemStatus::Done | ItemStatus::NotApplicable => format!("{} {}", known.by.who, known.note),
        _ => known.note.clone(),
    }
}

fn phases_up_to<'a>(state: &'a RunState, phase: &Phase) -> impl Iterator<Item = &'a Phase> {
    let at = state.runbook.forward().position(|other| other.id == phase.id).map_or(0, |at| at + 1);
    state.runbook.forward().take(at)
}
