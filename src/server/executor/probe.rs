//! Asking the probe of a checklist line.

use super::Executor;
use crate::run::RunId;
use crate::run::command::Report;
use crate::run::reading::Verdict;
use crate::runbook::Id;
use crate::server::target;

impl Executor {
    pub(super) async fn probe(&self, run: &RunId, item: &Id) {
        let Some(state) = self.state(run).await else { return };
        let Some(probe) = state.runbook.item(item).and_then(|(_, item)| item.probe.as_ref()) else { return };
        let answered = |verdict, reason, evidence| Report::ProbeAnswered {
            item: item.clone(),
            verdict,
            reason,
            evidence,
        };
        let report = match self.0.console.targets().get(&state.target.name) {
            None => {
                let reason = format!("the target {} is no longer configured", state.target.name);
                answered(Verdict::Inconclusive, reason, String::new())
            }
            Some(target) => {
                let folder = self.0.console.runbooks().dir();
                let answer =
                    target::probe::run_probe(target, &state.runbook, probe, &state.parameters, folder).await;
                answered(answer.verdict, answer.reason, answer.evidence)
            }
        };
        self.tell(run, report).await;
    }
}
