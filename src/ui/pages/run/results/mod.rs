//! What the console's own steps leave: rows, plans, statements, an inventory, a rehearsal.

mod explain;
mod figures;
mod inventory;
mod rehearsal;
mod rows;
mod statements;

use crate::run::result::{Body, StepResult};
use crate::runbook::Step;
use leptos::prelude::*;

pub fn results(result: &StepResult, step: Option<&Step>) -> AnyView {
    match &result.body {
        Body::Sql { statements } => statements::statements(statements),
        Body::Query { table } => rows::rows(table),
        Body::Explain { queries, .. } => explain::explain(queries, step),
        Body::Inventory { says, uses } => inventory::inventory(says, uses),
        Body::Figures { figures } => figures::figures(figures),
        Body::Rehearsal(rehearsal) => rehearsal::rehearsal(rehearsal),
    }
}
