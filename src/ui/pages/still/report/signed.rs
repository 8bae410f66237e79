//! Every signature that was ever given or refused in a run, and how it stands.

use crate::run::RunState;
use crate::run::state::SignOff;
use crate::ui::parts::when;
use leptos::prelude::*;

pub fn signed(state: &RunState) -> AnyView {
    if state.sign_offs.is_empty() {
        return view! { <p>"Nobody has signed anything."</p> }.into_any();
    }
    let line = |sign_off: &SignOff| {
        let phase = state.runbook.phase(&sign_off.phase);
        let statement = phase.and_then(|phase| phase.gate.as_ref()).map(|gate| gate.statement.clone());
        let title = phase.map_or_else(|| sign_off.phase.to_string(), |phase| phase.title.clone());
        let word = if sign_off.given { "signed" } else { "refused" };
        let stands = sign_off.void.as_ref().map_or("stands".to_owned(), |why| format!("void: {why}"));
        view! {
            <tr>
                <th scope="row">{title}{statement.map(|text| view! { <small class="quiet">{text}</small> })}</th>
                <td>{sign_off.role.to_string()}</td>
                <td>{sign_off.signer()}" "{word}<small class="quiet">{sign_off.note.clone()}</small></td>
                <td>{when::on(sign_off.by.at)}</td>
                <td>{stands}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Signatures"><table>
            <thead><tr>
                <th scope="col">"Phase"</th><th scope="col">"As"</th><th scope="col">"Who"</th>
                <th scope="col">"When"</th><th scope="col">"Stands"</th>
            </tr></thead>
            <tbody>{state.sign_offs.iter().map(line).collect_view()}</tbody>
        </table></div>
    }
    .into_any()
}
