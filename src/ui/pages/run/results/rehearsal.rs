//! The change and its ways back, as they went on a copy.

use super::figures::figures;
use super::inventory::built;
use crate::run::result::{Rehearsal, RehearsedStep};
use crate::text::duration;
use crate::ui::parts::Sign;
use leptos::prelude::*;

pub fn rehearsal(rehearsal: &Rehearsal) -> AnyView {
    let line = |step: &RehearsedStep| {
        let back = step.path.as_ref().map(|_| Sign::BACK.with("back"));
        view! {
            <tr>
                <td class="unbroken">{Sign::from(step.verdict).with(step.verdict.word())}</td>
                <th scope="row" class="wide">{back}" "{step.title.clone()}</th>
                <td class="num">{duration::words(step.ms)}</td>
                <td>{locks(step)}</td>
                <td class="wide">{step.reason.clone()}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Rehearsed steps">
            <table>
                <caption>"Carried out on a copy, in this order. The times are what the run's own steps are held against."</caption>
                <thead>
                    <tr>
                        <th scope="col">"Verdict"</th><th scope="col">"Step"</th><th scope="col" class="num">"Took"</th>
                        <th scope="col">"Keeps out"</th><th scope="col">"Why"</th>
                    </tr>
                </thead>
                <tbody>{rehearsal.steps.iter().map(line).collect_view()}</tbody>
            </table>
        </div>
        {rehearsal.built.as_ref().map(built)}
        {(!rehearsal.figures.is_empty()).then(|| figures(&rehearsal.figures))}
    }
    .into_any()
}

fn locks(step: &RehearsedStep) -> String {
    match step.locks.as_deref() {
        None => "not watched".to_owned(),
        Some([]) => "nobody".to_owned(),
        Some(locks) => {
            let told = locks
                .iter()
                .map(|held| format!("{} of {} ({})", held.lock.blocks(), held.table, held.lock.word()));
            told.collect::<Vec<_>>().join("; ")
        }
    }
}
