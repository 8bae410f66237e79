//! What a command has measured.

use crate::run::ledger::told;
use crate::run::reading::Figure;
use leptos::prelude::*;

pub fn figures(figures: &[Figure]) -> AnyView {
    let line = |figure: &Figure| {
        view! {
            <tr>
                <th scope="row"><code>{figure.name.clone()}</code></th>
                <td class="num">{told(figure.value, figure.unit)}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Figures">
            <table>
                <caption>"Measured by this step"</caption>
                <thead><tr><th scope="col">"Figure"</th><th scope="col" class="num">"Value"</th></tr></thead>
                <tbody>{figures.iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
