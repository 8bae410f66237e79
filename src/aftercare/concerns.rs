//! All that is worth a word on a page, the worst first.

use super::judge::{self, Judged, Level};
use super::{Look, Since};
use crate::runbook::Aftercare;
use serde::Serialize;

/// What it is about, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Concern {
    pub subject: String,
    pub level: Level,
    pub said: String,
}

/// `expected`: the indexes of the change. That others are not used is no matter of this change.
pub fn concerns(limits: &Aftercare, look: &Look, expected: &[String]) -> Vec<Concern> {
    let since = &look.since;
    let statements = look.statements.seen().into_iter().flatten();
    let statements = statements.map(|statement| {
        let text: String = statement.text.chars().take(80).collect();
        (text, judge::statement(limits, statement))
    });
    let indexes = since.indexes.iter().filter(|index| expected.contains(&index.now.name));
    let indexes = indexes.map(|index| (index.now.name.clone(), judge::use_of(limits, since, index)));
    let leaves = look.bloat.seen().into_iter().flat_map(|bloat| &bloat.leaves);
    let leaves = leaves.map(|leaf| (leaf.index.clone(), judge::leaf(limits, leaf)));
    let all =
        statements.chain(indexes).chain(missing(since, expected)).chain(tables(limits, since)).chain(leaves);
    let mut concerns: Vec<Concern> = all
        .filter(|(_, (level, _))| *level >= Level::Warning)
        .map(|(subject, (level, said))| Concern { subject, level, said })
        .collect();
    concerns.sort_by_key(|concern| std::cmp::Reverse(concern.level));
    concerns
}

/// The index that an expectation names and that is not there has no counters.
pub fn missing(since: &Since, expected: &[String]) -> Vec<(String, Judged)> {
    let there = |name: &String| since.indexes.iter().any(|index| index.now.name == *name);
    let missing = expected.iter().filter(|name| !there(name));
    missing.map(|name| (name.clone(), (Level::Critical, "is not there".to_owned()))).collect()
}

fn tables(limits: &Aftercare, since: &Since) -> impl Iterator<Item = (String, Judged)> {
    since.tables.iter().flat_map(move |table| {
        let (percent, (level, said)) = judge::scan_ratio(limits, table);
        let said = match percent {
            Some(percent) => format!("{percent:.0} % index scans: {said}"),
            None => said,
        };
        let judged =
            [(level, said), judge::vacuum(since.to, &table.now), judge::analyze(since.to, &table.now)];
        judged.map(|judged| (table.now.name.clone(), judged))
    })
}
