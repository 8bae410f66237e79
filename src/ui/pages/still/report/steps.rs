//! Every execution of a step: what the command said, and what the database said after it.

use crate::run::RunState;
use crate::run::state::Attempt;
use crate::text::duration;
use crate::ui::parts::{Sign, when};
use leptos::prelude::*;

pub fn steps(state: &RunState) -> AnyView {
    if state.attempts.is_empty() {
        return view! { <p>"Nothing was carried out."</p> }.into_any();
    }
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Steps"><table>
            <thead><tr>
                <th scope="col">"Step"</th><th scope="col">"Command said"</th><th scope="col">"Database says"</th>
                <th scope="col">"Verdict"</th><th scope="col">"Started"</th><th scope="col">"Took"</th>
            </tr></thead>
            <tbody>{state.attempts.iter().map(|attempt| line(state, attempt)).collect_view()}</tbody>
        </table></div>
    }
    .into_any()
}

fn line(state: &RunState, attempt: &Attempt) -> AnyView {
    let title = state.runbook.step(&attempt.step).map_or(attempt.step.as_str(), |(_, step)| &step.title);
    let again = (attempt.number > 1).then(|| format!(", attempt {}", attempt.number));
    let said = attempt.outcome.as_ref().map_or_else(|| "nothing".to_owned(), |outcome| outcome.sentence());
    let judged = attempt.judged.as_ref();
    let says = judged.and_then(|judged| judged.database.as_ref()).map(|reading| reading.sentence());
    let reason = judged.map(|judged| judged.reason.clone());
    let person = attempt.person.as_ref().map(|(good, by, note)| {
        format!("{} {} it: {note}", by.who, if *good { "accepted" } else { "rejected" })
    });
    let status = attempt.status();
    view! {
        <tr>
            <th scope="row">{title.to_owned()}{again}<small class="quiet">{attempt.queued.who.clone()}" "{attempt.reason.clone()}</small></th>
            <td>{said}</td>
            <td>{says.unwrap_or_else(|| "was not asked".to_owned())}</td>
            <td>{Sign::from(status).with(status.word())}<small class="quiet">{reason}" "{person}</small></td>
            <td>{when::on(attempt.running_at.unwrap_or(attempt.queued.at))}</td>
            <td class="unbroken">{attempt.duration_ms.map(duration::words)}</td>
        </tr>
    }
    .into_any()
}
