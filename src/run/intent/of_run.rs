//! What a run itself knows of an intent: definition, parameters, steps, what was rehearsed, what is on the screen.

use super::{Line, Part};
use crate::run::RunState;
use crate::run::view::ItemStatus;
use crate::runbook::{Action, Phase, PhaseKind, Step};
use crate::text::duration;

impl RunState {
    /// All lines but those that take a look at files and target.
    pub fn intended(&self, phase: &Phase) -> Vec<Line> {
        let mut lines = vec![
            Line::new(Part::Runbook, "title", &self.runbook.title),
            Line::new(Part::Runbook, "SHA-256", &self.runbook_sha256),
        ];
        let parameters = self.parameters.iter();
        lines.extend(
            parameters.map(|(name, value)| {
                Line::new(Part::Runbook, format!("parameter {name}"), value.to_string())
            }),
        );
        lines.extend(
            self.behind(phase).map(|step| Line::new(Part::Step, step.id.to_string(), words(&step.run))),
        );
        lines.extend(self.estimates(phase));
        lines.extend(self.evidence(phase));
        lines
    }

    /// The steps that stand behind a gate, and those of the ways back.
    pub fn behind(&self, phase: &Phase) -> impl Iterator<Item = &Step> {
        let id = phase.id.clone();
        let forward = self.runbook.forward().skip_while(move |other| other.id != id).skip(1);
        let back = self.runbook.phases.iter().filter(|phase| phase.kind == PhaseKind::Rollback);
        forward.chain(back).flat_map(|phase| &phase.steps)
    }

    fn estimates(&self, phase: &Phase) -> Vec<Line> {
        let line = |name: String, ms| Line::new(Part::Estimate, name, duration::words(ms));
        let steps = self.behind(phase).filter_map(|step| {
            let rehearsed = self.rehearsed(&step.id)?;
            Some(line(step.id.to_string(), rehearsed.ms))
        });
        let paths = self.runbook.rollback.iter().filter_map(|path| {
            let rehearsed = self.rehearsed_path(&path.id)?;
            Some(line(format!("way back {}", path.id), rehearsed.ms))
        });
        steps.chain(paths).collect()
    }

    /// Of the phases up to the gate: each line of the checklist, each step and how it ended.
    pub fn evidence(&self, phase: &Phase) -> Vec<Line> {
        let mut lines = Vec::new();
        let forward: Vec<&Phase> = self.runbook.forward().collect();
        let upto = forward.iter().position(|other| other.id == phase.id).map_or(0, |at| at + 1);
        for phase in &forward[..upto] {
            for item in &phase.items {
                let status = self.item_status(item);
                let state = self.items.get(&item.id);
                let note = state.map(|state| state.note.as_str()).unwrap_or_default();
                let accepted = state.and_then(|state| state.accepted.as_ref());
                // A probe may pass again with other figures; what a person wrote is bound to the letter.
                let value = match (status, accepted) {
                    (_, Some((by, why))) => format!("{} by {}: {why}", status.word(), by.who),
                    (ItemStatus::Done | ItemStatus::NotApplicable, _) if !note.is_empty() => {
                        format!("{}: {note}", status.word())
                    }
                    _ => status.word().to_owned(),
                };
                let seen = if item.probe.is_some() { note.to_owned() } else { String::new() };
                lines.push(Line {
                    seen,
                    ..Line::new(Part::Evidence, format!("{}: {}", phase.title, item.title), value)
                });
            }
            for step in &phase.steps {
                let judged = self.last_attempt(&step.id).and_then(|attempt| attempt.judged.as_ref());
                let seen = judged.map(|judged| judged.reason.clone()).unwrap_or_default();
                let name = format!("{}: {}", phase.title, step.title);
                lines.push(Line {
                    seen,
                    ..Line::new(Part::Evidence, name, self.step_status(&step.id).word())
                });
            }
        }
        lines
    }
}

/// What is executed, to read.
fn words(action: &Action) -> String {
    match action {
        Action::Command(command) => {
            let argv = command.argv.join(" ");
            match &command.cwd {
                Some(cwd) => format!("{argv}  (in {cwd})"),
                None => argv,
            }
        }
        Action::Sql(sql) => sql.statements.iter().map(|sql| sql.trim()).collect::<Vec<_>>().join("\n"),
        Action::Query(query) => query.sql.trim().to_owned(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
