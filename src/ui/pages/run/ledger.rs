//! What the document promises beside what this run has measured, each in a column of its own.

use crate::run::RunState;
use crate::run::ledger::{Entry, Standing};
use crate::ui::parts::Sign;
use crate::verdict::Verdict;
use leptos::prelude::*;

pub fn ledger(state: &RunState) -> Option<AnyView> {
    let entries = state.ledger();
    if entries.is_empty() {
        return None;
    }
    let count = |standing| entries.iter().filter(|entry| entry.standing == standing).count();
    let told = [Standing::Holds, Standing::Partly, Standing::DoesNotHold, Standing::NotYetMeasured];
    let told = told.map(|standing| format!("{} {}", count(standing), standing.word())).join(" · ");
    let view = view! {
        <section class="card ledger" id="claims" aria-labelledby="claims-title">
            <details>
                <summary><h2 id="claims-title">"Claimed and measured"</h2><small class="quiet">{told}</small></summary>
                <p class="quiet">"The left is what the document promises. The right was measured in this run, on this database; nobody estimated it."</p>
                <div class="scroll" tabindex="0" role="region" aria-label="Claims">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Claim"</th><th scope="col">"Claimed"</th>
                                <th scope="col">"Measured here"</th><th scope="col">"So it"</th>
                            </tr>
                        </thead>
                        <tbody>{entries.iter().map(line).collect_view()}</tbody>
                    </table>
                </div>
            </details>
        </section>
    };
    Some(view.into_any())
}

fn line(entry: &Entry) -> AnyView {
    let details = entry.details.clone();
    let claimed = if entry.claimed.is_empty() { "nothing".to_owned() } else { entry.claimed.clone() };
    view! {
        <tr>
            <th scope="row">{entry.text.clone()}<small class="quiet">{entry.source.clone()}</small></th>
            <td>{claimed}</td>
            <td>
                {entry.measured.clone()}
                {(!details.is_empty()).then(|| view! {
                    <details class="more">
                        <summary>"How"<span class="unseen">" it was measured: "{entry.text.clone()}</span></summary>
                        <ul>{details.into_iter().map(|detail| view! { <li>{detail}</li> }).collect_view()}</ul>
                    </details>
                })}
            </td>
            <td>{sign(entry.standing).with(entry.standing.word())}</td>
        </tr>
    }
    .into_any()
}

fn sign(standing: Standing) -> Sign {
    match standing {
        Standing::Holds => Sign::from(Verdict::Pass),
        Standing::Partly => Sign::from(Verdict::Inconclusive),
        Standing::DoesNotHold => Sign::from(Verdict::Fail),
        Standing::NotCompared | Standing::NotYetMeasured | Standing::CannotBeMeasured => Sign::WAITING,
    }
}
