//! What people elsewhere were told of the run, and whether it came to them.

use crate::server::notify::Row;
use crate::ui::parts::when;
use leptos::prelude::*;

/// None where nobody was to be told anything.
pub fn told(rows: &[Row]) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    let line = |row: &Row| {
        view! {
            <tr>
                <td class="unbroken">{when::on(row.at)}</td>
                <td class="num">{row.seq}</td>
                <td>{row.title.clone()}</td>
                <td>{row.receiver.clone()}</td>
                <td>{row.stands()}</td>
            </tr>
        }
    };
    let table = view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Notifications"><table>
            <thead><tr>
                <th scope="col">"When"</th><th scope="col" class="num">"Event"</th><th scope="col">"What"</th>
                <th scope="col">"Receiver"</th><th scope="col">"Stands"</th>
            </tr></thead>
            <tbody>{rows.iter().map(line).collect_view()}</tbody>
        </table></div>
    };
    Some(table.into_any())
}
