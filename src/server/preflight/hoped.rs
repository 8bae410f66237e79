//! Which expected plans will not come true: the planner is asked with hypothetical indexes of hypopg, which exist only in the asking
//! session. Nothing is built, and no query is carried out. <https://hypopg.readthedocs.io/>

use super::Look;
use super::sizes::Sized;
use crate::plan::{self, Plan, describe};
use crate::preflight::report::{Hoped, Place, Plans, Remark, Weight};
use crate::runbook::rules::At;
use crate::runbook::{Action, ExplainQuery, Id, ParameterType, PlanExpect, Value};
use crate::server::target::bind::{self, arguments};
use crate::server::target::sql::{from_runbook, quoted};
use crate::server::target::{TargetError, sample};
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::BTreeMap;

pub(super) async fn all(
    look: &Look<'_>,
    session: &mut PgConnection,
    indexes: &[Sized],
) -> Result<(Plans, Vec<Remark>), TargetError> {
    let expected = expected(look);
    let not_asked = |why: &str| Ok((Plans::NotAsked { why: why.to_owned() }, Vec::new()));
    if expected.is_empty() {
        return not_asked("The runbook expects nothing of any plan.");
    }
    let schema: Option<String> = sqlx::query_scalar(
        "SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'",
    )
    .fetch_optional(&mut *session)
    .await?;
    let Some(schema) = schema else {
        return not_asked(
            "hypopg is not installed in this database, so the planner cannot be asked beforehand. CREATE EXTENSION hypopg, or rehearse on a restored copy.",
        );
    };
    let values = values(look).await;
    let names = suppose(session, &schema, indexes).await?;
    let (mut plans, mut remarks) = (Vec::new(), Vec::new());
    for (place, query, expect) in expected {
        let hoped = match ask(look, session, query, &values, &names).await {
            Ok(plan) => told(query, expect, &plan),
            Err(error) => {
                let reason = format!("The planner could not be asked: {error}.");
                remarks.push(Remark::new(Weight::Unknown, "plan-not-asked", &place, &query.title, reason));
                continue;
            }
        };
        if !hoped.comes_true {
            let reason = format!("With the new indexes the planner would still choose: {}.", hoped.planner);
            let remark = Remark::new(Weight::Warn, "plan-will-not-come-true", &place, &query.title, reason);
            remarks.push(remark.remedy("Right where the table is small or most of it is wanted; else the index does not serve this query."));
        }
        plans.push(hoped);
    }
    Ok((Plans::Asked { plans }, remarks))
}

/// Queries of which a plan is expected.
fn expected<'a>(look: &Look<'a>) -> Vec<(Place, &'a ExplainQuery, &'a PlanExpect)> {
    let mut found = Vec::new();
    for (p, phase) in look.subject.runbook.phases.iter().enumerate() {
        for (s, step) in phase.steps.iter().enumerate() {
            let Action::Explain(explain) = &step.run else { continue };
            for (q, query) in explain.queries.iter().enumerate() {
                let Some(expect) =
                    query.expect.as_ref().filter(|expect| !expect.indexes.is_empty() || expect.no_sort)
                else {
                    continue;
                };
                let path = [
                    At::Key("phases"),
                    At::Index(p),
                    At::Key("steps"),
                    At::Index(s),
                    At::Key("run"),
                    At::Key("explain"),
                    At::Key("queries"),
                    At::Index(q),
                    At::Key("expect"),
                ];
                found.push((
                    look.place(&path, format!("step {}, query {}", step.id, query.id)),
                    query,
                    expect,
                ));
            }
        }
    }
    found
}

/// As a start would take them, without anybody giving one.
async fn values(look: &Look<'_>) -> BTreeMap<Id, Value> {
    let mut values = look.defaults.clone();
    for (name, parameter) in &look.subject.runbook.parameters {
        if let Some(sql) = &parameter.sample
            && let Ok(Some(value)) = sample(look.subject.target, parameter.kind, sql).await
        {
            values.insert(name.clone(), value);
        }
    }
    values
}

/// Makes the hypothetical indexes. Their own names are hypopg's: by them the real ones are found.
async fn suppose(
    session: &mut PgConnection,
    schema: &str,
    indexes: &[Sized],
) -> Result<BTreeMap<String, String>, TargetError> {
    let mut names = BTreeMap::new();
    let statement = format!("SELECT indexname FROM {}.hypopg_create_index($1)", quoted(schema));
    for (index, definition) in indexes.iter().filter_map(|index| Some((index, index.definition.as_ref()?))) {
        let made: Result<Option<String>, _> = sqlx::query_scalar(from_runbook(&statement))
            .bind(definition)
            .persistent(false)
            .fetch_optional(&mut *session)
            .await;
        // A method that hypopg does not know has no hypothetical index; its plans are then told as they are without.
        if let Ok(Some(made)) = made {
            names.insert(made, index.shown.name.clone());
        }
    }
    Ok(names)
}

async fn ask(
    look: &Look<'_>,
    session: &mut PgConnection,
    query: &ExplainQuery,
    values: &BTreeMap<Id, Value>,
    names: &BTreeMap<String, String>,
) -> Result<Plan, TargetError> {
    let kinds: BTreeMap<Id, ParameterType> = look
        .subject
        .runbook
        .parameters
        .iter()
        .map(|(name, parameter)| (name.clone(), parameter.kind))
        .collect();
    let bound = arguments(&query.bind, &kinds, values)?;
    let sql = format!("EXPLAIN (FORMAT JSON) {}", query.sql.trim().trim_end_matches(';'));
    sqlx::raw_sql("BEGIN READ ONLY; SET LOCAL search_path TO DEFAULT").execute(&mut *session).await?;
    let explained = async {
        let (sql, bound, _) = bind::prepare(session, &sql, &bound).await?;
        let row = sqlx::query_with(sql, bound).persistent(false).fetch_one(&mut *session).await?;
        let json: String = row.try_get_unchecked(0)?;
        plan::parse(&json).map_err(|error| TargetError::Unfit(error.to_string()))
    }
    .await;
    sqlx::raw_sql("ROLLBACK").execute(&mut *session).await?;
    let mut plan = explained?;
    for node in &mut plan.nodes {
        if let Some(real) = node.index.as_ref().and_then(|index| names.get(index)) {
            node.index = Some(real.clone());
        }
    }
    Ok(plan)
}

fn told(query: &ExplainQuery, expect: &PlanExpect, plan: &Plan) -> Hoped {
    let read = |name: &String| {
        plan.nodes.iter().any(|node| describe::reads_index(node) && node.index.as_ref() == Some(name))
    };
    let sorts = expect.no_sort && plan.nodes.iter().any(describe::sorts);
    let comes_true = !sorts && (expect.indexes.is_empty() || expect.indexes.iter().any(read));
    let leaves = plan.nodes.iter().filter(|node| {
        describe::reads_index(node) || node.relation.is_some() || (sorts && describe::sorts(node))
    });
    let planner = leaves.map(describe::title).collect::<Vec<_>>().join(", ");
    Hoped { title: query.title.clone(), comes_true, planner }
}
