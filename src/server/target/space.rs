//! The space that building the expected indexes needs, by estimate, against the bytes that somebody says are free. No SQL function
//! tells free space.

use super::connect::Target;
use super::error::TargetError;
use super::estimate::{self, ColumnShape, Rows};
use super::index_definition::IndexDefinition;
use super::reading;
use super::sql::{from_runbook, quoted};
use crate::run::reading::IndexState;
use crate::runbook::{Database, ExpectedIndex, IndexSpace};
use crate::text::grid;
use crate::text::size::bytes;
use crate::verdict::Verdict;
use sqlx::Row;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgRow};

/// The verdict, why, and the estimate of each index.
pub struct Answer {
    pub verdict: Verdict,
    pub reason: String,
    pub evidence: String,
}

/// `free`: bytes that somebody attests; 0 where nobody has looked.
///
/// # Errors
/// The server's.
pub async fn judge(
    target: &Target,
    database: &Database,
    space: &IndexSpace,
    free: u64,
) -> Result<Answer, TargetError> {
    let mut session = target.session().await?;
    let says = reading::look(&mut session, database).await?;
    let mut estimates = Vec::new();
    for (index, says) in database.indexes.iter().zip(says.indexes) {
        let estimate = match says.state {
            IndexState::Ok => Estimate::There(says.bytes),
            _ => estimate(&mut session, &database.schema, index).await?,
        };
        estimates.push((index, estimate));
    }
    session.done();
    Ok(answer(&estimates, space.factor, free))
}

pub enum Estimate {
    /// Built already.
    There(Option<i64>),
    Bytes(f64),
    /// Why there is none.
    Unknown(String),
}

fn answer(estimates: &[(&ExpectedIndex, Estimate)], factor: f64, free: u64) -> Answer {
    let sum: f64 =
        estimates.iter().filter_map(|(_, e)| if let Estimate::Bytes(n) = e { Some(n) } else { None }).sum();
    let unknown = estimates.iter().filter(|(_, estimate)| matches!(estimate, Estimate::Unknown(_))).count();
    let needed = sum * factor;
    let needs = format!(
        "the indexes that are not there take about {}, so {} should be free ({factor} x)",
        bytes(sum as u64),
        bytes(needed as u64)
    );
    let (verdict, reason) = if (free as f64) < needed && free > 0 {
        (Verdict::Fail, format!("{needs}, and {} are", bytes(free)))
    } else if unknown > 0 {
        (
            Verdict::Inconclusive,
            format!("{unknown} of {} indexes could not be estimated; without them {needs}", estimates.len()),
        )
    } else if free == 0 && needed > 0.0 {
        (Verdict::Inconclusive, format!("{needs}; nobody has said how much is"))
    } else if needed > 0.0 {
        (Verdict::Pass, format!("{needs}, and {} are", bytes(free)))
    } else {
        (Verdict::Pass, "all of them are there already".to_owned())
    };
    Answer { verdict, reason, evidence: evidence(estimates) }
}

fn evidence(estimates: &[(&ExpectedIndex, Estimate)]) -> String {
    let told: Vec<(&str, String)> = estimates
        .iter()
        .map(|(index, estimate)| {
            let said = match estimate {
                Estimate::There(None) => "there already".to_owned(),
                Estimate::There(Some(n)) => format!("there already, {}", bytes(n.unsigned_abs())),
                Estimate::Bytes(n) => format!("about {}", bytes(*n as u64)),
                Estimate::Unknown(why) => format!("no estimate: {why}"),
            };
            (index.name.as_str(), said)
        })
        .collect();
    let headings = [("index", false), ("size", false)].map(|(text, right)| grid::Heading { text, right });
    grid::lines(&headings, told.iter().map(|(name, said)| vec![Some(*name), Some(said.as_str())]), 200)
        .join("\n")
}

/// How large the index would be, which may be there or not.
///
/// # Errors
/// The server's.
pub async fn estimate(
    session: &mut PgConnection,
    schema: &str,
    index: &ExpectedIndex,
) -> Result<Estimate, TargetError> {
    let unknown = |why: &str| Ok(Estimate::Unknown(why.to_owned()));
    let Some(definition) = IndexDefinition::parse(&index.definition) else {
        return unknown("its definition is not of PostgreSQL's form");
    };
    let table: Option<(Oid, f32)> = sqlx::query_as(
        "SELECT c.oid, c.reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'm')",
    )
    .bind(schema)
    .bind(&index.table)
    .fetch_optional(&mut *session)
    .await?;
    let Some((table, rows)) = table else { return unknown("its table does not exist") };
    // Since PostgreSQL 14 it is -1 for a table that was never analyzed; before it was 0, which an empty table has too.
    if rows < 0.0 {
        return unknown("its table was never analyzed: ANALYZE it");
    }
    let table_rows = f64::from(rows);
    let indexed = match &definition.predicate {
        Some(predicate) => planned_rows(session, schema, &index.table, predicate).await?,
        None => table_rows,
    };
    if definition.method == "hash" {
        return Ok(Estimate::Bytes(estimate::hash(indexed)));
    }
    if definition.method != "btree" {
        return unknown(&format!("not for the method {}", definition.method));
    }
    let Some(names) = definition.columns.iter().cloned().collect::<Option<Vec<String>>>() else {
        return unknown("not for an expression");
    };
    let Some(columns) = shapes(session, schema, index, table, &names).await? else {
        return unknown(
            "no statistics of its columns are visible: ANALYZE the table, and GRANT SELECT on it",
        );
    };
    let deduplicates = !definition.unique && !definition.includes;
    let rows = Rows { table: table_rows, indexed };
    Ok(Estimate::Bytes(estimate::btree(rows, &columns, deduplicates)))
}

/// None where a column has no statistics that this role may see.
async fn shapes(
    session: &mut PgConnection,
    schema: &str,
    index: &ExpectedIndex,
    table: Oid,
    names: &[String],
) -> Result<Option<Vec<ColumnShape>>, TargetError> {
    let rows = sqlx::query(
        r#"SELECT t.typlen, CASE t.typalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END AS align,
                  s.avg_width, s.n_distinct
           FROM unnest($4::text[]) WITH ORDINALITY AS k(name, place)
           JOIN pg_attribute a ON a.attrelid = $1 AND a.attname = k.name AND NOT a.attisdropped
           JOIN pg_type t ON t.oid = a.atttypid
           JOIN pg_stats s ON s.schemaname = $2 AND s.tablename = $3 AND s.attname = k.name AND NOT s.inherited
           ORDER BY k.place"#,
    )
    .bind(table)
    .bind(schema)
    .bind(&index.table)
    .bind(names)
    .try_map(|row: PgRow| {
        Ok(ColumnShape {
            length: row.try_get("typlen")?,
            align: row.try_get::<i32, _>("align")?.unsigned_abs(),
            width: f64::from(row.try_get::<i32, _>("avg_width")?),
            distinct: f64::from(row.try_get::<f32, _>("n_distinct")?),
        })
    })
    .fetch_all(session)
    .await?;
    Ok((rows.len() == names.len()).then_some(rows))
}

/// The planner's own estimate of how many rows a partial index holds.
async fn planned_rows(
    session: &mut PgConnection,
    schema: &str,
    table: &str,
    predicate: &str,
) -> Result<f64, TargetError> {
    let (schema, table) = (quoted(schema), quoted(table));
    let statement = format!("EXPLAIN (FORMAT JSON) SELECT 1 FROM {schema}.{table} WHERE {predicate}");
    let row = sqlx::query(from_runbook(&statement)).persistent(false).fetch_one(session).await?;
    let plan = crate::plan::parse(row.try_get_unchecked(0)?);
    let plan = plan.map_err(|error| TargetError::Unfit(error.to_string()))?;
    Ok(plan.nodes.first().and_then(|node| node.plan_rows).unwrap_or_default())
}
