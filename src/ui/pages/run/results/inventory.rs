//! The expected indexes against those that are there.

use crate::run::reading::{IndexSays, Says};
use crate::run::result::IndexUse;
use crate::text::number::grouped;
use crate::text::size;
use crate::ui::parts::Sign;
use leptos::prelude::*;

/// Those that a rehearsal has built.
pub fn built(says: &Says) -> AnyView {
    let total: i64 = says.indexes.iter().filter_map(|index| index.bytes).sum();
    let line = |index: &IndexSays| {
        let bytes = index.bytes.and_then(|bytes| u64::try_from(bytes).ok()).map(size::bytes);
        view! {
            <tr>
                <th scope="row"><code>{index.name.clone()}</code></th>
                <td>{index.table.clone()}</td>
                <td class="num">{bytes}</td>
            </tr>
        }
    };
    view! {
        <details class="more">
            <summary>{says.indexes.len()}" indexes as built on the copy: "{size::bytes(total.unsigned_abs())}</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="Indexes as built">
                <table>
                    <thead><tr><th scope="col">"Index"</th><th scope="col">"Table"</th><th scope="col" class="num">"Size"</th></tr></thead>
                    <tbody>{says.indexes.iter().map(line).collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

pub fn inventory(says: &Says, uses: &[IndexUse]) -> AnyView {
    let line = |index: &IndexSays| {
        let used = uses.iter().find(|used| used.name == index.name);
        let since = used.and_then(|used| used.scans_since).map(|n| grouped(n.unsigned_abs()));
        let bytes = index.bytes.and_then(|bytes| u64::try_from(bytes).ok()).map(size::bytes);
        view! {
            <tr>
                <td class="unbroken">{Sign::from(index.state).with(index.state.word())}</td>
                <th scope="row"><code>{index.name.clone()}</code></th>
                <td>{index.table.clone()}</td>
                <td class="num">{bytes}</td>
                <td class="num">{since}</td>
                <td class="wide">{used.map(|used| used.loses.clone())}</td>
                <td class="unbroken"><code>{index.definition.clone()}</code></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Expected indexes">
            <table>
                <caption>
                    {says.indexes.len()}" expected indexes: "{says.index_sentence()}". Scans are counted from the end of the verification on."
                </caption>
                <thead>
                    <tr>
                        <th scope="col">"State"</th><th scope="col">"Index"</th><th scope="col">"Table"</th>
                        <th scope="col" class="num">"Size"</th><th scope="col" class="num">"Scans since"</th>
                        <th scope="col">"Dropping it would lose"</th><th scope="col">"Definition"</th>
                    </tr>
                </thead>
                <tbody>{says.indexes.iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
