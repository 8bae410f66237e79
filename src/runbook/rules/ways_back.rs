//! Rules of the ways back, of the backup and of the window.

use super::{At, Rules, unknown};
use crate::runbook::{Need, ParameterType, PhaseKind, RollbackPath};
use std::collections::BTreeSet;

impl Rules<'_> {
    pub(super) fn rollback(&mut self) {
        let mut seen = BTreeSet::new();
        for (r, path) in self.runbook.rollback.iter().enumerate() {
            self.needs(path, r);
            if !seen.insert(&path.id) {
                let message = format!("expected an id of its own, came `{}` twice", path.id);
                self.add(at!["rollback", r, "id"], message);
            }
            if path.steps.is_empty() {
                self.add(
                    at!["rollback", r, "steps"],
                    "expected at least one step of a rollback phase, came none",
                );
            }
            for (s, step) in path.steps.iter().enumerate() {
                match self.runbook.step(step) {
                    None => self.add(at!["rollback", r, "steps", s], unknown("step", step)),
                    Some((phase, _)) if phase.kind != PhaseKind::Rollback => {
                        let message = format!(
                            "expected a step of a phase of kind rollback, came `{step}` of phase `{}`",
                            phase.id
                        );
                        self.add(at!["rollback", r, "steps", s], message);
                    }
                    Some(_) => {}
                }
            }
        }
    }

    fn needs(&mut self, path: &RollbackPath, r: usize) {
        let database = self.runbook.database.as_ref();
        for (n, need) in path.needs.iter().enumerate() {
            let lacks = match need {
                Need::OwnRevision if database.is_none_or(|database| database.revision.is_none()) => {
                    "[database.revision]"
                }
                Need::NoDependants if database.is_none() => "[database]",
                Need::ProvenBackup if self.runbook.backup.is_none() => "[backup]",
                _ => continue,
            };
            self.add(at!["rollback", r, "needs", n], format!("expected {lacks} for this need, came none"));
        }
        if path.loses_writes && (self.runbook.backup.is_none() || database.is_none()) {
            let message = "expected [backup] and [database] to count what is lost, came none";
            self.add(at!["rollback", r, "loses_writes"], message);
        }
    }

    pub(super) fn backup(&mut self) {
        if let Some(backup) = &self.runbook.backup {
            for (key, step) in [("taken_by", &backup.taken_by), ("proven_by", &backup.proven_by)] {
                if self.runbook.step(step).is_none() {
                    self.add(at!["backup", key], unknown("step", step));
                }
            }
        }
    }

    pub(super) fn window(&mut self) {
        if let Some(name) = &self.runbook.window {
            let kind = self.runbook.parameters.get(name).map(|parameter| parameter.kind);
            if kind != Some(ParameterType::Integer) {
                self.add(at!["window"], unknown("parameter of type integer", name));
            }
        }
    }
}
