//! What each index is good for: who reads it, what else would find the same rows, and so what would be lost by dropping it.

use super::inventory::Known;
use super::{Failed, say};
use crate::plan;
use crate::run::reading::{IndexState, Says};
use crate::run::result::{Body, Explained, IndexUse, StepResult, fastest};
use crate::runbook::{Database, Id};
use crate::text::duration;
use sqlx::postgres::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

/// Of the indexes of the runbook that are there, in its order.
pub(super) async fn of(
    session: &mut PgConnection,
    database: &Database,
    says: &Says,
    known: Known<'_>,
) -> Result<Vec<IndexUse>, Failed> {
    let redundant = redundant(session, database).await?;
    let readers = readers(known);
    let there = says.indexes.iter().filter(|index| index.state == IndexState::Ok);
    let index_use = there.map(|index| {
        let name = &index.name;
        let before = known.counted.and_then(|counted| counted.get(name));
        let scans_since =
            index.scans.zip(before).map(|(now, before)| now - before).filter(|since| *since >= 0);
        let redundant = redundant.get(name).cloned();
        let loses = match (&index.constraint, readers.get(name), &redundant) {
            (Some(constraint), ..) => format!("the constraint {constraint}, with which alone it goes"),
            (None, Some(read), Some(other)) => format!("{}; yet {other}", read.join(", ")),
            (None, Some(read), None) => read.join(", "),
            (None, None, Some(other)) => format!("nothing that was measured: {other}"),
            (None, None, None) => "no query that was measured".to_owned(),
        };
        IndexUse { name: name.clone(), scans_since, redundant, loses }
    });
    Ok(index_use.collect())
}

/// The index that makes another one redundant, in words, by the redundant one's name. Of two that are the same, the younger one is.
/// A hash index is where a UNIQUE finds the same row.
const REDUNDANT: &str = "
    SELECT DISTINCT ON (1) ca.relname::text, cb.relname::text, b.indisunique AND a.indnkeyatts = b.indnkeyatts
    FROM pg_catalog.pg_index a
    JOIN pg_catalog.pg_index b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
    JOIN pg_catalog.pg_class ca ON ca.oid = a.indexrelid
    JOIN pg_catalog.pg_class cb ON cb.oid = b.indexrelid
    JOIN pg_catalog.pg_am ma ON ma.oid = ca.relam
    JOIN pg_catalog.pg_am mb ON mb.oid = cb.relam AND mb.amname = 'btree'
    JOIN pg_catalog.pg_namespace n ON n.oid = ca.relnamespace
    WHERE n.nspname = $1 AND ca.relname = ANY ($2::text[]) AND NOT a.indisunique
      AND b.indisvalid AND b.indisready AND b.indislive
      AND a.indpred IS NULL AND b.indpred IS NULL AND a.indexprs IS NULL AND b.indexprs IS NULL
      AND a.indnkeyatts <= b.indnkeyatts
      AND (a.indkey::int2[])[0:a.indnkeyatts - 1] = (b.indkey::int2[])[0:a.indnkeyatts - 1]
      AND (ma.amname = 'hash' AND b.indisunique AND a.indnkeyatts = b.indnkeyatts
           OR ma.amname = 'btree' AND a.indnatts = a.indnkeyatts
              AND (a.indclass::oid[])[0:a.indnkeyatts - 1] = (b.indclass::oid[])[0:a.indnkeyatts - 1]
              AND (a.indcollation::oid[])[0:a.indnkeyatts - 1] = (b.indcollation::oid[])[0:a.indnkeyatts - 1]
              AND (a.indoption::int2[])[0:a.indnkeyatts - 1] = (b.indoption::int2[])[0:a.indnkeyatts - 1]
              AND (a.indnkeyatts < b.indnkeyatts OR b.indisunique OR b.indexrelid < a.indexrelid))
    ORDER BY 1, b.indisunique AND a.indnkeyatts = b.indnkeyatts DESC, b.indnkeyatts, 2";

async fn redundant(
    session: &mut PgConnection,
    database: &Database,
) -> Result<BTreeMap<String, String>, Failed> {
    let names: Vec<&str> = database.indexes.iter().map(|index| index.name.as_str()).collect();
    let query = sqlx::query_as(REDUNDANT).bind(&database.schema).bind(names);
    let found: Vec<(String, String, bool)> = query.fetch_all(session).await?;
    let told = |(name, other, unique): (String, String, bool)| {
        let why = if unique {
            format!("the UNIQUE {other} finds the same row")
        } else {
            format!("it is the left part of {other}")
        };
        (name, why)
    };
    Ok(found.into_iter().map(told).collect())
}

/// A query of the run as it was last explained.
struct Last {
    title: String,
    /// How long it took, in ms, and before the change.
    now: f64,
    before: Option<f64>,
    indexes: BTreeSet<String>,
}

/// The queries of the run that read each index, in words. A result that cannot be read tells nothing, and is said to.
fn readers(known: Known<'_>) -> BTreeMap<String, Vec<String>> {
    let mut queries: BTreeMap<Id, Last> = BTreeMap::new();
    for path in known.plans {
        let read = std::fs::read(path).map_err(|error| error.to_string());
        match read
            .and_then(|text| serde_json::from_slice::<StepResult>(&text).map_err(|error| error.to_string()))
        {
            Ok(StepResult { body: Body::Explain { queries: explained, .. }, .. }) => {
                explained.iter().for_each(|query| take(&mut queries, query));
            }
            Ok(_) => {}
            Err(error) => say(&format!("the plans in {} cannot be read: {error}", path.display())),
        }
    }
    let mut readers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for query in queries.into_values() {
        let before = query.before.map(|ms| format!(", {} before", duration::exact(ms))).unwrap_or_default();
        let told = format!("\"{}\" ({}{before})", query.title, duration::exact(query.now));
        for index in query.indexes {
            readers.entry(index).or_default().push(told.clone());
        }
    }
    readers
}

fn take(queries: &mut BTreeMap<Id, Last>, explained: &Explained) {
    let (Some(now), Ok(plan)) = (fastest(&explained.times_ms), plan::parse(&explained.plan.to_string()))
    else {
        return;
    };
    let used = plan.nodes.iter().filter(|node| !node.never_executed()).filter_map(|node| node.index.clone());
    let before = explained.baseline.as_ref().and_then(|before| fastest(&before.times_ms));
    let last = Last { title: explained.title.clone(), now, before, indexes: used.collect() };
    queries.insert(explained.id.clone(), last);
}
