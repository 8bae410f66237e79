//! Statements that were carried out.

use crate::run::result::Statement;
use crate::text::{duration, number};
use leptos::prelude::*;

pub fn statements(statements: &[Statement]) -> AnyView {
    let line = |statement: &Statement| {
        view! {
            <tr>
                <td><code>{statement.sql.trim().to_owned()}</code></td>
                <td class="num">{number::grouped(statement.rows_affected)}</td>
                <td class="num">{duration::exact(statement.ms)}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Statements">
            <table>
                <thead><tr><th scope="col">"Statement"</th><th scope="col" class="num">"Rows"</th><th scope="col" class="num">"Took"</th></tr></thead>
                <tbody>{statements.iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
