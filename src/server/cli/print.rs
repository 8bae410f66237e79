//! Printing lists for people and for scripts.

use serde::Serialize;

/// A JSON document on standard output.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Columns as wide as their widest cell, on standard output.
pub fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heads[column].len()]).max().unwrap_or_default()
    };
    let line = |cells: [&str; N]| {
        let padded = cells.iter().enumerate().map(|(column, cell)| format!("{cell:<0$}", width(column)));
        println!("{}", padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(heads);
    for row in rows {
        line(row.each_ref().map(String::as_str));
    }
}
