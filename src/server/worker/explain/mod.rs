//! Plans of SELECTs. EXPLAIN ANALYZE carries its statement out, so each must be one that yields rows, runs in a READ ONLY transaction
//! that is rolled back, and is sent as a prepared statement, of which the server takes one at a time.

mod baseline;
mod conditions;

use super::query::{show, tell};
use super::stop::Stopping;
use super::{Failed, say};
use crate::plan::judge::{Evidence, is_doubtful, judge};
use crate::plan::{self, Plan};
use crate::run::result::{Body, Explained, StepResult};
use crate::runbook::{Explain, ExplainQuery, Id, ParameterType, PlanExpect, Value};
use crate::server::target::TargetError;
use crate::server::target::bind::{self, Argument, arguments};
use crate::text::duration;
use crate::verdict::Finding;
use baseline::{Baseline, Earlier};
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How often a query is executed at most, where nothing but time speaks against its plan, and how long it is waited before each: the
/// machine may be busy for a moment.
const MOST: usize = 30;
const PAUSE: Duration = Duration::from_millis(100);

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
    let baseline = with.baseline.map(Baseline::read).transpose()?;
    let settings = conditions::settings(session).await?;
    let mut queries = Vec::new();
    for query in &explain.queries {
        say(&format!("--- {}", query.title));
        let bound = arguments(&query.bind, with.types, with.parameters)?;
        show(&query.sql, &bound);
        bind::prepare_select(session, &query.sql, &bound).await?;
        let parameters: Vec<(Id, Value)> =
            bound.iter().map(|argument| (argument.name.clone(), argument.value.clone())).collect();
        let before = baseline.as_ref().and_then(|baseline| baseline.of(query, &parameters));
        let mut measuring = Measuring::warm(session, query, &bound, before, stopping).await?;
        let explained = measuring.explained(session, explain.repetitions.max(1), parameters).await?;
        tell(explained.finding.as_slice());
        say("");
        queries.push(explained);
    }
    let differences = baseline.map(|baseline| baseline.differences(&settings)).unwrap_or_default();
    tell(&differences);
    let findings = queries.iter().filter_map(|query| query.finding.clone()).chain(differences).collect();
    Ok(StepResult { findings, body: Body::Explain { queries, settings } })
}

/// One query while it is measured.
struct Measuring<'a> {
    query: &'a ExplainQuery,
    bound: &'a [Argument<'a>],
    before: Option<&'a Earlier>,
    stopping: &'a Stopping,
    /// The server's answer to the last execution, and the plan in it.
    json: String,
    plan: Plan,
    times_ms: Vec<f64>,
}

impl<'a> Measuring<'a> {
    /// The first execution, whose time is not counted: it fills the caches, which are then equally warm for all that are.
    async fn warm(
        session: &mut PgConnection,
        query: &'a ExplainQuery,
        bound: &'a [Argument<'a>],
        before: Option<&'a Earlier>,
        stopping: &'a Stopping,
    ) -> Result<Self, Failed> {
        let (json, plan) = run(session, &query.sql, bound).await?;
        Ok(Self { query, bound, before, stopping, json, plan, times_ms: Vec::new() })
    }

    async fn once_more(&mut self, session: &mut PgConnection) -> Result<(), Failed> {
        self.stopping.check()?;
        (self.json, self.plan) = run(session, &self.query.sql, self.bound).await?;
        self.times_ms.extend(self.plan.total_ms());
        Ok(())
    }

    /// Executes the query as often as it takes, prints what was measured, and judges it where the runbook expects something.
    async fn explained(
        &mut self,
        session: &mut PgConnection,
        repetitions: u8,
        parameters: Vec<(Id, Value)>,
    ) -> Result<Explained, Failed> {
        for _ in 0..repetitions {
            self.once_more(session).await?;
        }
        let stale = conditions::stale(session, &self.plan).await?;
        let finding = match &self.query.expect {
            None => None,
            Some(expected) => Some(self.judged(session, expected, &stale).await?),
        };
        say(plan::text::render(&self.plan).trim_end());
        let listed = self.times_ms.iter().map(|ms| duration::exact(*ms)).collect::<Vec<_>>().join(", ");
        let earlier = self.before.and_then(Earlier::fastest);
        let earlier = earlier.map(|ms| format!("; earlier {}", duration::exact(ms))).unwrap_or_default();
        say(&format!("measured: {listed}{earlier}"));
        Ok(Explained {
            id: self.query.id.clone(),
            title: self.query.title.clone(),
            sql: self.query.sql.clone(),
            parameters,
            plan: serde_json::from_str(&self.json).map_err(|error| TargetError::Unfit(error.to_string()))?,
            times_ms: self.times_ms.clone(),
            stale,
            finding,
            baseline: self.before.map(Earlier::kept),
        })
    }

    /// Time alone condemns no plan before it had many chances.
    async fn judged(
        &mut self,
        session: &mut PgConnection,
        expected: &PlanExpect,
        stale: &[String],
    ) -> Result<Finding, Failed> {
        let absent = conditions::absent(session, &self.plan, &expected.indexes).await?;
        loop {
            let evidence = Evidence {
                plan: &self.plan,
                times_ms: &self.times_ms,
                baseline: self.before.map(Earlier::evidence),
                stale,
                absent: Some(&absent),
            };
            if self.times_ms.len() >= MOST || !is_doubtful(expected, &evidence) {
                let judged = judge(expected, &evidence);
                let subject = self.query.title.clone();
                return Ok(Finding { subject, verdict: judged.verdict, reason: judged.reason });
            }
            tokio::time::sleep(PAUSE).await;
            self.once_more(session).await?;
        }
    }
}

/// The JSON of one execution, and its plan. Each has a transaction of its own: a snapshot that is held for all of them would make
/// builds wait.
async fn run(
    session: &mut PgConnection,
    sql: &str,
    bound: &[Argument<'_>],
) -> Result<(String, Plan), Failed> {
    let sql = format!("EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT JSON) {sql}");
    sqlx::raw_sql("BEGIN READ ONLY").execute(&mut *session).await?;
    let (sql, bound, _) = bind::prepare(session, &sql, bound).await?;
    let row = sqlx::query_with(sql, bound).persistent(false).fetch_one(&mut *session).await?;
    sqlx::raw_sql("ROLLBACK").execute(session).await?;
    // The column is of type json, whose text is what is wanted.
    let json: String = row.try_get_unchecked(0)?;
    let plan = plan::parse(&json).map_err(|error| TargetError::Unfit(error.to_string()))?;
    Ok((json, plan))
}
