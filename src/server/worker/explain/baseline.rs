//! What an earlier explain step has left, to compare with: its times and plans, and the settings that it was measured under.

use super::Failed;
use crate::plan::{self, Plan, slower};
use crate::run::result::{self, Body, Explained, StepResult, fastest};
use crate::runbook::{ExplainQuery, Id, Value};
use crate::verdict::{Finding, Verdict};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Default)]
pub(super) struct Baseline {
    queries: BTreeMap<Id, Earlier>,
    settings: BTreeMap<String, String>,
}

pub(super) struct Earlier {
    explained: Explained,
    plan: Plan,
}

impl Baseline {
    /// # Errors
    /// The file cannot be read, or is none that an explain step leaves.
    pub fn read(path: &Path) -> Result<Self, Failed> {
        let failed = |error| Failed::File {
            what: "cannot read the baseline",
            path: path.display().to_string(),
            error,
        };
        let text = std::fs::read(path).map_err(failed)?;
        let result: StepResult = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
        let Body::Explain { queries, settings } = result.body else { return Ok(Self::default()) };
        let earlier = |explained: Explained| {
            let plan = plan::parse(&explained.plan.to_string()).ok()?;
            Some((explained.id.clone(), Earlier { explained, plan }))
        };
        Ok(Self { queries: queries.into_iter().filter_map(earlier).collect(), settings })
    }

    /// The same query with the same parameters. What was asked otherwise cannot be compared.
    pub fn of(&self, query: &ExplainQuery, parameters: &[(Id, Value)]) -> Option<&Earlier> {
        let same = |earlier: &&Earlier| {
            earlier.explained.sql == query.sql && earlier.explained.parameters == parameters
        };
        self.queries.get(&query.id).filter(same)
    }

    /// What makes before and after hard to compare, whatever the plans are.
    pub fn differences(&self, settings: &BTreeMap<String, String>) -> Vec<Finding> {
        let finding = |subject: &str, reason| Finding {
            subject: subject.to_owned(),
            verdict: Verdict::Inconclusive,
            reason,
        };
        let changed: Vec<String> =
            self.settings.iter().filter_map(|before| changed(before, settings)).collect();
        let settings = (!changed.is_empty()).then(|| {
            let changed = changed.join(", ");
            finding(
                "settings",
                format!("not those of the baseline, so times and plans may differ by them: {changed}"),
            )
        });
        let mut stale: Vec<&str> =
            self.queries.values().flat_map(|query| &query.explained.stale).map(String::as_str).collect();
        stale.sort_unstable();
        stale.dedup();
        let statistics = (!stale.is_empty()).then(|| {
            let reason = format!("those of {} were not fresh when the baseline was taken", stale.join(", "));
            finding("statistics", reason)
        });
        settings.into_iter().chain(statistics).collect()
    }
}

fn changed((name, before): (&String, &String), settings: &BTreeMap<String, String>) -> Option<String> {
    let now = settings.get(name).map_or("gone", String::as_str);
    (now != before).then(|| format!("{name} was {before} and is {now}"))
}

impl Earlier {
    pub fn evidence(&self) -> slower::Baseline<'_> {
        slower::Baseline { plan: &self.plan, times_ms: &self.explained.times_ms }
    }

    pub fn fastest(&self) -> Option<f64> {
        fastest(&self.explained.times_ms)
    }

    /// As it is kept beside what is compared with it.
    pub fn kept(&self) -> result::Baseline {
        let Explained { plan, times_ms, .. } = self.explained.clone();
        result::Baseline { plan, times_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_setting_that_changed_is_said_and_a_new_one_is_not() {
        let before = settings(&[("jit", "on"), ("random_page_cost", "4")]);
        let baseline = Baseline { settings: before.clone(), ..Baseline::default() };
        assert_eq!(baseline.differences(&before), []);
        let now = settings(&[("jit", "on"), ("random_page_cost", "1.1"), ("enable_memoize", "on")]);
        let differences = baseline.differences(&now);
        assert_eq!(differences.len(), 1);
        assert_eq!(differences[0].verdict, Verdict::Inconclusive);
        assert!(
            differences[0].reason.ends_with("random_page_cost was 4 and is 1.1"),
            "{}",
            differences[0].reason
        );
    }
}
