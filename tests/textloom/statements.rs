//! Every statement of the TextLoom runbook that the console or its worker sends, against TextLoom's schema with data in it, and the
//! size estimates against the sizes that its indexes have once they are built.

use crate::{parameters, runbook, textloom};
use kneeboard::run::Reading;
use kneeboard::run::reading::IndexState;
use kneeboard::runbook::{Action, Database as Objects, Probe, Runbook, Value};
use kneeboard::server::target::bind::{arguments, prepare_select};
use kneeboard::server::target::probe::run_probe;
use kneeboard::server::target::{self, Target};
use kneeboard::verdict::Verdict;
use std::path::Path;

/// Prepares every statement of a runbook, by which the server checks its names and types. How many there are.
pub async fn understood(target: &Target, runbook: &Runbook) -> usize {
    let values = parameters(target, runbook).await;
    let kinds = runbook.parameters.iter().map(|(name, p)| (name.clone(), p.kind)).collect();
    let mut session = target.session().await.unwrap();
    let mut count = 0;
    for (_, step) in runbook.steps() {
        let statements = match &step.run {
            Action::Query(query) => vec![(&query.sql, &query.bind)],
            Action::Explain(explain) => {
                explain.queries.iter().map(|query| (&query.sql, &query.bind)).collect()
            }
            _ => Vec::new(),
        };
        for (sql, bind) in statements {
            let bound = arguments(bind, &kinds, &values).unwrap();
            let prepared = prepare_select(&mut session, sql.trim().trim_end_matches(';'), &bound).await;
            prepared.unwrap_or_else(|error| panic!("{}: {error}\n{sql}", step.id));
            count += 1;
        }
    }
    count
}

#[tokio::test]
async fn every_query_probe_of_the_runbook_can_be_judged() {
    let (_database, target) = textloom(None, 10_000).await;
    let runbook = runbook();
    let values = parameters(&target, &runbook).await;
    let items = runbook.phases.iter().flat_map(|phase| &phase.items);
    for (item, probe) in items.filter_map(|item| Some((item, item.probe.as_ref()?))) {
        if matches!(probe, Probe::Query(_)) {
            let answer = run_probe(&target, &runbook, probe, &values, Path::new("/")).await;
            assert!(!answer.evidence.is_empty(), "{}: {}", item.id, answer.reason);
        }
    }
}

#[tokio::test]
async fn indexes_turn_out_about_as_large_as_estimated() {
    let (database, target) = textloom(None, 10_000).await;
    let runbook = runbook();
    let objects: &Objects = runbook.database.as_ref().unwrap();
    let mut values = parameters(&target, &runbook).await;
    let items = runbook.phases.iter().flat_map(|phase| &phase.items);
    let probe =
        items.filter_map(|item| item.probe.as_ref()).find(|probe| matches!(probe, Probe::IndexSpace(_)));
    let probe = probe.expect("a probe of the space");
    let Probe::IndexSpace(space) = probe else { unreachable!() };
    values.insert(space.free_bytes.clone(), Value::Integer(i64::MAX));
    let answer = run_probe(&target, &runbook, probe, &values, Path::new("/")).await;
    assert_eq!(answer.verdict, Verdict::Pass, "{}\n{}", answer.reason, answer.evidence);

    for index in &objects.indexes {
        database.run(&index.definition).await;
    }
    let Reading::Says(says) = target::read(&target, objects).await else { panic!("unreachable") };
    assert_eq!(says.count(IndexState::Ok), objects.indexes.len());
    for index in says.indexes {
        let (built, estimated) =
            (index.bytes.unwrap_or_default() as f64, estimated(&answer.evidence, &index.name));
        // The evidence shows three digits. Composites of correlated columns come out too large, never too small.
        assert!(estimated >= 0.95 * built, "{}: estimated {estimated}, built {built}", index.name);
        assert!(estimated <= 1.8 * built, "{}: estimated {estimated}, built {built}", index.name);
    }
}

/// Bytes, from the line of the index in the table that the probe shows.
fn estimated(evidence: &str, index: &str) -> f64 {
    let line = evidence.lines().find(|line| line.trim_start().starts_with(&format!("{index} "))).unwrap();
    let mut words = line.split("about ").nth(1).unwrap().split(' ');
    let (number, unit) = (words.next().unwrap().parse::<f64>().unwrap(), words.next().unwrap());
    number * if unit == "MB" { 1e6 } else { 1e3 }
}
