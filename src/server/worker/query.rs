//! One SELECT, shown as a table and judged.

use super::{Failed, say};
use crate::run::result::{Body, StepResult};
use crate::runbook::{Id, ParameterType, Query, Value};
use crate::server::target::bind::{Argument, arguments};
use crate::server::target::rows::{Keep, select};
use crate::verdict::Finding;
use sqlx::postgres::PgConnection;
use std::collections::BTreeMap;

/// What of a result is kept and shown.
const KEEP: Keep = Keep { rows: 1_000, bytes: 1_000_000 };
/// Characters of a cell on the output; the result keeps it whole.
const WIDTH: usize = 120;

pub(super) async fn carry_out(
    session: &mut PgConnection,
    query: &Query,
    types: &BTreeMap<Id, ParameterType>,
    parameters: &BTreeMap<Id, Value>,
) -> Result<StepResult, Failed> {
    let bound = arguments(&query.bind, types, parameters)?;
    show(&query.sql, &bound);
    let (table, findings) = select(session, &query.sql, &bound, &query.expect, KEEP).await?;
    say("");
    table.lines(KEEP.rows, WIDTH).iter().for_each(|line| say(line));
    if table.is_cut() {
        say("Only the beginning is kept; all rows were judged.");
    }
    tell(&findings);
    Ok(StepResult { findings, body: Body::Query { table } })
}

/// The statement and what is bound to it.
pub(super) fn show(sql: &str, bound: &[Argument<'_>]) {
    say(sql.trim());
    for (place, argument) in bound.iter().enumerate() {
        say(&format!("${} = {} ({})", place + 1, argument.value, argument.name));
    }
}

pub(super) fn tell(findings: &[Finding]) {
    for finding in findings {
        say(&format!("{}: {}: {}", finding.verdict.word(), finding.subject, finding.reason));
    }
}
