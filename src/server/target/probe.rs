//! The probes of checklist lines: read-only, repeatable, each with a verdict, a reason and evidence.

use super::bind::arguments;
use super::connect::Target;
use super::error::TargetError;
use super::rows::{Keep, select};
use super::{probe_command, space};
use crate::runbook::{Id, Probe, Query, Runbook, Value};
use crate::verdict::{Finding, Verdict, worst};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeAnswer {
    pub verdict: Verdict,
    /// One sentence.
    pub reason: String,
    /// What was seen, as text to read.
    pub evidence: String,
}

impl ProbeAnswer {
    fn inconclusive(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Inconclusive, reason: reason.into(), evidence: String::new() }
    }
}

/// Asks once. What could not be asked is inconclusive, and the reason says why. `folder` is where the runbook's file lies.
pub async fn run_probe(
    target: &Target,
    runbook: &Runbook,
    probe: &Probe,
    parameters: &BTreeMap<Id, Value>,
    folder: &Path,
) -> ProbeAnswer {
    let answer = match probe {
        Probe::Query(probe) => query(target, runbook, probe, parameters).await,
        Probe::Command(command) => return probe_command::run(target, command, parameters, folder).await,
        Probe::IndexSpace(wanted) => index_space(target, runbook, wanted, parameters).await,
        // The run itself answers this one, from the step's last attempt.
        Probe::Step(step) => {
            return ProbeAnswer::inconclusive(format!("proven by the step {step}, not by asking"));
        }
    };
    answer.unwrap_or_else(|error| ProbeAnswer::inconclusive(error.to_string()))
}

async fn query(
    target: &Target,
    runbook: &Runbook,
    query: &Query,
    parameters: &BTreeMap<Id, Value>,
) -> Result<ProbeAnswer, TargetError> {
    let kinds = runbook.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.kind)).collect();
    let bound = arguments(&query.bind, &kinds, parameters)?;
    let mut session = target.session().await?;
    let keep = Keep { rows: 50, bytes: 100_000 };
    let (table, findings) = select(&mut session, &query.sql, &bound, &query.expect, keep).await?;
    session.done();
    let evidence = table.lines(50, 80).join("\n");
    if findings.is_empty() {
        let reason = "the runbook expects nothing of these rows: a person must judge them";
        return Ok(ProbeAnswer { evidence, ..ProbeAnswer::inconclusive(reason) });
    }
    Ok(ProbeAnswer { verdict: worst(&findings), reason: reason(&findings), evidence })
}

/// The sentences of the worst verdict; of a pass all.
fn reason(findings: &[Finding]) -> String {
    let verdict = worst(findings);
    let told = findings.iter().filter(|finding| finding.verdict == verdict);
    told.map(|finding| match verdict {
        Verdict::Pass => format!("{}: {}", finding.subject, finding.reason),
        _ => finding.reason.clone(),
    })
    .collect::<Vec<_>>()
    .join("; ")
}

async fn index_space(
    target: &Target,
    runbook: &Runbook,
    wanted: &crate::runbook::IndexSpace,
    parameters: &BTreeMap<Id, Value>,
) -> Result<ProbeAnswer, TargetError> {
    let Some(database) = &runbook.database else {
        return Ok(ProbeAnswer::inconclusive("the runbook names no indexes"));
    };
    let free = match parameters.get(&wanted.free_bytes) {
        Some(Value::Integer(free)) => u64::try_from(*free).unwrap_or(0),
        _ => 0,
    };
    let answer = space::judge(target, database, wanted, free).await?;
    Ok(ProbeAnswer { verdict: answer.verdict, reason: answer.reason, evidence: answer.evidence })
}
