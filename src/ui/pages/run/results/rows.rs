//! The rows of a query.

use crate::run::table::{Column, Table};
use crate::text::number::grouped;
use leptos::prelude::*;

pub fn rows(table: &Table) -> AnyView {
    let total = grouped(table.total_rows);
    let caption = match table.total_rows {
        _ if table.is_cut() => format!("The first {} of {total} rows", grouped(table.rows.len() as u64)),
        1 => "1 row".to_owned(),
        _ => format!("{total} rows"),
    };
    let heads = table.columns.iter().map(|column| {
        view! { <th scope="col" class:num=column.is_number() title=column.kind.to_lowercase()>{column.name.clone()}</th> }
    });
    let line = |row: &Vec<Option<String>>| {
        let cells = row.iter().zip(&table.columns).map(|(value, column)| cell(value.as_deref(), column));
        view! { <tr>{cells.collect_view()}</tr> }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Rows">
            <table>
                <caption>{caption}</caption>
                <thead><tr>{heads.collect_view()}</tr></thead>
                <tbody>{table.rows.iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn cell(value: Option<&str>, column: &Column) -> AnyView {
    match value {
        Some(value) => view! { <td class:num=column.is_number()>{value.to_owned()}</td> }.into_any(),
        None => view! { <td class="null">"NULL"</td> }.into_any(),
    }
}
