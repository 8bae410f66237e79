//! A probe that is a program: what its exit code and its last line mean.

use super::connect::Target;
use super::probe::ProbeAnswer;
use super::program::{Ended, Program};
use crate::runbook::{Command, Id, Value};
use crate::text::duration;
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);
/// How much of the output's end is kept as evidence.
const TAIL: usize = 16_384;

pub(super) async fn run(
    target: &Target,
    command: &Command,
    parameters: &BTreeMap<Id, Value>,
    folder: &Path,
) -> ProbeAnswer {
    let program = Program { target, command, parameters, folder, patience: PATIENCE, keep: TAIL };
    let (ended, evidence) = program.run().await;
    let reason = match ended {
        Ended::Exited(status) => return judge(command, status, evidence),
        Ended::NotStarted(why) => why,
        Ended::TimedOut => {
            let limit = duration::exact(PATIENCE.as_secs_f64() * 1_000.0);
            format!("not done within {limit}, so it was ended")
        }
        Ended::Lost(error) => format!("its end could not be waited for: {error}"),
    };
    ProbeAnswer { verdict: Verdict::Inconclusive, reason, evidence }
}

fn judge(command: &Command, status: ExitStatus, evidence: String) -> ProbeAnswer {
    let last = evidence.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    let Some(code) = status.code() else {
        return ProbeAnswer {
            verdict: Verdict::Inconclusive,
            reason: format!("ended by a {status}"),
            evidence,
        };
    };
    if command.accept_exit.contains(&code) {
        return ProbeAnswer {
            verdict: Verdict::Pass,
            reason: last.unwrap_or_else(|| format!("exit code {code}")),
            evidence,
        };
    }
    let reason =
        last.map_or_else(|| format!("exit code {code}"), |last| format!("{last} (exit code {code})"));
    ProbeAnswer { verdict: Verdict::Fail, reason, evidence }
}
