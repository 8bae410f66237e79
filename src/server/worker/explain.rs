//! Plans of SELECTs. EXPLAIN ANALYZE carries its statement out, so each must be one that yields rows, runs in a READ ONLY transaction
//! that is rolled back, and is sent as a prepared statement, of which the server takes one at a time.

use super::query::{show, tell};
use super::stop::Stopping;
use super::{Failed, say};
use crate::plan::judge::{Evidence, judge};
use crate::plan::{self, Plan};
use crate::run::result::{Baseline, Body, Explained, StepResult, fastest};
use crate::runbook::{Explain, ExplainQuery, Id, ParameterType, Value};
use crate::server::target::TargetError;
use crate::server::target::bind::{self, Argument, arguments};
use crate::text::duration;
use crate::verdict::Finding;
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the queries are explained with.
#[derive(Clone, Copy)]
pub(super) struct With<'a> {
    pub types: &'a BTreeMap<Id, ParameterType>,
    pub parameters: &'a BTreeMap<Id, Value>,
    pub baseline: Option<&'a Path>,
}

pub(super) async fn carry_out(
    session: &mut PgConnection,
    explain: &Explain,
    with: With<'_>,
    stopping: &Stopping,
) -> Result<StepResult, Failed> {
    let mut baseline = with.baseline.map(earlier).transpose()?.unwrap_or_default();
    let mut queries = Vec::new();
    for query in &explain.queries {
        say(&format!("--- {}", query.title));
        let bound = arguments(&query.bind, with.types, with.parameters)?;
        show(&query.sql, &bound);
        let measured = measure(session, &query.sql, &bound, explain.repetitions.max(1), stopping).await?;
        let before = baseline.remove(&query.id);
        let explained = explained(session, query, &bound, measured, before).await?;
        tell(explained.finding.as_slice());
        say("");
        queries.push(explained);
    }
    let findings = queries.iter().filter_map(|query| query.finding.clone()).collect();
    Ok(StepResult { findings, body: Body::Explain { queries } })
}

struct Measured {
    /// The server's answer to the last repetition.
    json: String,
    plan: Plan,
    times_ms: Vec<f64>,
}

async fn measure(
    session: &mut PgConnection,
    sql: &str,
    bound: &[Argument<'_>],
    repetitions: u8,
    stopping: &Stopping,
) -> Result<Measured, Failed> {
    bind::prepare_select(session, sql, bound).await?;
    // Not counted: it fills the caches, which are then equally warm for all that are.
    run(session, sql, bound).await?;
    let mut times_ms = Vec::new();
    loop {
        stopping.check()?;
        let json = run(session, sql, bound).await?;
        let plan = plan::parse(&json).map_err(|error| TargetError::Unfit(error.to_string()))?;
        times_ms.extend(plan.total_ms());
        if times_ms.len() >= usize::from(repetitions) || plan.total_ms().is_none() {
            return Ok(Measured { json, plan, times_ms });
        }
    }
}

/// Prints what was measured, and judges it where the runbook expects something.
async fn explained(
    session: &mut PgConnection,
    query: &ExplainQuery,
    bound: &[Argument<'_>],
    measured: Measured,
    before: Option<Baseline>,
) -> Result<Explained, Failed> {
    let Measured { json, plan, times_ms } = measured;
    say(plan::text::render(&plan).trim_end());
    let listed = times_ms.iter().map(|ms| duration::exact(*ms)).collect::<Vec<_>>().join(", ");
    let before_ms = before.as_ref().and_then(|before| fastest(&before.times_ms));
    let earlier = before_ms.map(|ms| format!("; earlier {}", duration::exact(ms))).unwrap_or_default();
    say(&format!("measured: {listed}{earlier}"));
    let finding = match &query.expect {
        None => None,
        Some(expected) => {
            let stale = stale(session, &plan).await?;
            let (ms, baseline_ms) = (fastest(&times_ms), before_ms);
            let judged = judge(expected, &Evidence { plan: &plan, ms, baseline_ms, stale: &stale });
            Some(Finding { subject: query.title.clone(), verdict: judged.verdict, reason: judged.reason })
        }
    };
    Ok(Explained {
        id: query.id.clone(),
        title: query.title.clone(),
        sql: query.sql.clone(),
        parameters: bound.iter().map(|argument| (argument.name.clone(), argument.value.clone())).collect(),
        plan: serde_json::from_str(&json).map_err(|error| TargetError::Unfit(error.to_string()))?,
        times_ms,
        finding,
        baseline: before,
    })
}

/// The JSON of one execution. Each has a transaction of its own: a snapshot that is held for all of them would make builds wait.
async fn run(session: &mut PgConnection, sql: &str, bound: &[Argument<'_>]) -> Result<String, Failed> {
    let sql = format!("EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT JSON) {sql}");
    sqlx::raw_sql("BEGIN READ ONLY").execute(&mut *session).await?;
    let (sql, bound, _) = bind::prepare(session, &sql, bound).await?;
    let row = sqlx::query_with(sql, bound).persistent(false).fetch_one(&mut *session).await?;
    sqlx::raw_sql("ROLLBACK").execute(session).await?;
    // The column is of type json, whose text is what is wanted.
    Ok(row.try_get_unchecked(0)?)
}

/// What an earlier step found, by query.
fn earlier(path: &Path) -> Result<BTreeMap<Id, Baseline>, Failed> {
    let failed =
        |error| Failed::File { what: "cannot read the baseline", path: path.display().to_string(), error };
    let text = std::fs::read(path).map_err(failed)?;
    let result: StepResult = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
    let Body::Explain { queries } = result.body else { return Ok(BTreeMap::new()) };
    let baseline = |query: Explained| (query.id, Baseline { plan: query.plan, times_ms: query.times_ms });
    Ok(queries.into_iter().map(baseline).collect())
}

/// Tables of the plan that were never analyzed, or of whose rows more changed since than make autovacuum analyze (by default 50 and a
/// tenth of them).
async fn stale(session: &mut PgConnection, plan: &Plan) -> Result<Vec<String>, Failed> {
    let read =
        plan.nodes.iter().filter_map(|node| Some((node.schema.as_deref()?, node.relation.as_deref()?)));
    let (schemas, tables): (Vec<&str>, Vec<&str>) = read.collect::<BTreeSet<_>>().into_iter().unzip();
    let stale = sqlx::query_scalar(
        "SELECT s.schemaname || '.' || s.relname
         FROM unnest($1::text[], $2::text[]) AS r(schema, name)
         JOIN pg_catalog.pg_stat_all_tables s ON s.schemaname = r.schema AND s.relname = r.name
         JOIN pg_catalog.pg_class c ON c.oid = s.relid
         WHERE c.reltuples < 0 OR s.n_mod_since_analyze > 50 + 0.1 * c.reltuples
         ORDER BY 1",
    )
    .bind(schemas)
    .bind(tables)
    .fetch_all(session)
    .await?;
    Ok(stale)
}
