//! That what is claimed can be measured by steps of the runbook.

use super::{At, Rules, unknown};
use crate::runbook::{Action, FigureOf, Id, Measure};
use std::collections::BTreeSet;

impl Rules<'_> {
    pub(super) fn claims(&mut self) {
        let mut seen = BTreeSet::new();
        for (c, claim) in self.runbook.claims.iter().enumerate() {
            if !seen.insert(&claim.id) {
                let message = format!("expected an id of its own, came `{}` twice", claim.id);
                self.add(at!["claims", c, "id"], message);
            }
            if claim.claimed.is_some_and(|claimed| claimed.at_least > claimed.at_most) {
                self.add(at!["claims", c, "claimed"], "expected at_least below at_most, came it above");
            }
            match &claim.measure {
                Measure::Faster(faster) => {
                    self.figures_of_queries(&faster.before, &faster.queries, at!["claims", c, "measure"]);
                    self.figures_of_queries(&faster.after, &faster.queries, at!["claims", c, "measure"]);
                }
                Measure::Figure(figure) => self.figure(figure, at!["claims", c, "measure"]),
                Measure::IndexBytes(_) | Measure::Cannot(_) => {}
            }
            if let Some(given) = &claim.given {
                self.figure(&given.figure, at!["claims", c, "given"]);
            }
        }
    }

    fn figures_of_queries(&mut self, step: &Id, queries: &[Id], path: Vec<At>) {
        let Some(Action::Explain(explain)) = self.runbook.step(step).map(|(_, step)| &step.run) else {
            return self.add(path, unknown("step that explains", step));
        };
        // A step that takes its queries from another one has them only once the runbook is read.
        let own = match explain.queries_of.as_ref().and_then(|other| self.runbook.step(other)) {
            Some((_, other)) => match &other.run {
                Action::Explain(other) => &other.queries,
                _ => &explain.queries,
            },
            None => &explain.queries,
        };
        if let Some(query) = queries.iter().find(|query| own.iter().all(|known| known.id != **query)) {
            self.add(path, format!("expected a query of the step `{step}`, came `{query}`, which is none"));
        }
    }

    fn figure(&mut self, figure: &FigureOf, path: Vec<At>) {
        if self.runbook.step(&figure.step).is_none() {
            self.add(path, unknown("step", &figure.step));
        }
    }
}
