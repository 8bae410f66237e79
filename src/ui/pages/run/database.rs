//! What the database says, beside what the command said. The database outweighs the exit code.

use super::remedies::remedies;
use crate::run::reading::{IndexSays, IndexState, Reading, Says};
use crate::run::state::Attempt;
use crate::run::{RunState, view::StepStatus};
use crate::text::duration;
use crate::ui::parts::{Seen, Sign, when};
use leptos::prelude::*;

pub fn database(seen: &Seen<'_>) -> Option<AnyView> {
    let state = seen.state;
    state.runbook.database.as_ref()?;
    let body = match &state.database {
        None => view! { <p class="quiet">"It has not been asked yet."</p> }.into_any(),
        Some(Reading::Unreachable { at, error }) => view! {
            <p>{Sign::from(crate::verdict::Verdict::Inconclusive).with("could not be read")}" at "{when::at(*at)}</p>
            <p class="quiet">{error.clone()}</p>
            {state.said.as_ref().map(|says| view! {
                <p>"What it said last, "{duration::words(at - says.at)}" before:"</p>
                {said(seen, says)}
            })}
        }
        .into_any(),
        Some(Reading::Says(says)) => said(seen, says),
    };
    let view = view! {
        <section class="card says" id="database" aria-labelledby="database-title">
            <h2 id="database-title">"The database says"</h2>
            {body}
        </section>
    };
    Some(view.into_any())
}

fn said(seen: &Seen<'_>, says: &Says) -> AnyView {
    let state = seen.state;
    let revisions = if says.revisions.is_empty() { "none".to_owned() } else { says.revisions.join(", ") };
    let counts = IndexState::ALL.into_iter().map(|state| (says.count(state), state));
    // The four that an operator looks for are told even where there is none.
    let always = [IndexState::Ok, IndexState::Building, IndexState::Missing, IndexState::Invalid];
    let counts = counts.filter(|(n, state)| *n > 0 || always.contains(state));
    let counts = counts.map(|(n, state)| format!("{n} {}", state.word())).collect::<Vec<_>>().join(" · ");
    let label = format!("{} indexes: {}", says.indexes.len(), says.index_sentence());
    view! {
        <div class="pair">
            <div><span class="label">"command said"</span><p>{command_said(state)}</p></div>
            <div><span class="label">"revision"</span><p class="mono">{revisions}</p>{meaning(state, says)}</div>
        </div>
        {(!says.indexes.is_empty()).then(|| view! {
            <ol class="cells" aria-label=label>{says.indexes.iter().map(cell).collect_view()}</ol>
            <p>{counts}</p>
            {each(says)}
        })}
        {remedies(seen, says)}
        <p class="quiet">"read at "{when::at(says.at)}</p>
    }
    .into_any()
}

fn command_said(state: &RunState) -> String {
    let Some(attempt) = state.attempts.last() else { return "nothing yet".to_owned() };
    match (&attempt.outcome, attempt.status()) {
        (Some(outcome), _) => outcome.sentence(),
        (None, StepStatus::Unknown) => "nobody knows".to_owned(),
        (None, status) => status.word().to_owned(),
    }
}

/// Whether that is the revision before or behind the change.
fn meaning(state: &RunState, says: &Says) -> Option<AnyView> {
    let revision = state.runbook.database.as_ref()?.revision.as_ref()?;
    let word = match says.revisions.as_slice() {
        [one] if *one == revision.after => "after the change",
        [one] if *one == revision.before => "before the change",
        [] => "no revision is stored",
        _ => "neither before nor after",
    };
    Some(view! { <small class="quiet">{word}</small> }.into_any())
}

fn cell(index: &IndexSays) -> AnyView {
    let sign = Sign::from(index.state);
    let told = format!("{}: {}", index.name, index.state.word());
    let title = told.clone();
    view! { <li class=sign.tone title=title><span aria-hidden="true">{sign.shape}</span><span class="unseen">{told}</span></li> }
        .into_any()
}

/// The same by name, for who wants to know which.
fn each(says: &Says) -> AnyView {
    let line = |index: &IndexSays| {
        view! { <li><span>{Sign::from(index.state).with(index.state.word())}</span><code>{index.name.clone()}</code></li> }
    };
    view! { <details class="more"><summary>"By name"</summary><ul class="names">{says.indexes.iter().map(line).collect_view()}</ul></details> }
        .into_any()
}

/// The two side by side for one attempt, with the verdict.
pub fn judged(attempt: &Attempt) -> Option<AnyView> {
    let judged = attempt.judged.as_ref()?;
    let findings = judged.shown.findings.clone();
    let person = attempt.person.clone();
    let tone = Sign::from(judged.verdict).tone;
    let view = view! {
        <div class=format!("judged {tone}")>
            <p>{Sign::from(judged.verdict).with(judged.verdict.word())}" · "{judged.reason.clone()}</p>
            {(!findings.is_empty()).then(|| view! {
                <ul class="findings">
                    {findings.into_iter().map(|finding| view! {
                        <li>
                            {Sign::from(finding.verdict).mark()}
                            <span><b>{finding.subject}</b><span class="unseen">": "{finding.verdict.word()}</span></span>
                            <span class="quiet">{finding.reason}</span>
                        </li>
                    }).collect_view()}
                </ul>
            })}
            {person.map(|(good, by, note)| view! {
                <p class="answer">
                    <b>{if good { "accepted" } else { "rejected" }}</b>" · "{by.who}" "{when::at(by.at)}<span class="note">{note}</span>
                </p>
            })}
        </div>
    };
    Some(view.into_any())
}
