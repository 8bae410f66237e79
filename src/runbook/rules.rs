//! How the parts of a runbook must fit together. Each problem points at its place by a path of keys and positions, which
//! `parse` turns into line and column.

macro_rules! at {
    ($($part:expr),* $(,)?) => { vec![$(At::from($part)),*] };
}

mod claims;
mod ways_back;

use super::{Action, Airbag, Command, Explain, Id, PhaseKind, Probe, Query, Remedy, Runbook};
use std::collections::{BTreeMap, BTreeSet};

/// A key of a table or a position in an array, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    Key(&'static str),
    /// A key that the runbook chooses: the name of a parameter.
    Name(String),
    Index(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub path: Vec<At>,
    /// "expected ..., came ...".
    pub message: String,
}

impl From<&'static str> for At {
    fn from(key: &'static str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for At {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// Everything that is wrong, in the order of the file. Empty: the runbook may be run.
pub fn problems(runbook: &Runbook) -> Vec<Problem> {
    let mut rules = Rules { runbook, found: Vec::new() };
    rules.phases();
    rules.unique_ids();
    rules.references();
    rules.cycles();
    rules.rollback();
    rules.backup();
    rules.window();
    rules.database();
    rules.aftercare();
    rules.airbag();
    rules.claims();
    rules.found
}

struct Rules<'a> {
    runbook: &'a Runbook,
    found: Vec<Problem>,
}

impl Rules<'_> {
    fn add(&mut self, path: Vec<At>, message: impl Into<String>) {
        self.found.push(Problem { path, message: message.into() });
    }

    fn phases(&mut self) {
        if self.runbook.forward().next().is_none() {
            self.add(at!["phases"], "expected at least one phase that is not of kind rollback, came none");
        }
        for (p, phase) in self.runbook.phases.iter().enumerate() {
            if phase.kind == PhaseKind::Remedy {
                self.add(
                    at!["phases", p, "kind"],
                    "expected a phase of the runbook, came one of the console's own",
                );
            }
            if phase.items.is_empty() && phase.steps.is_empty() && phase.gate.is_none() {
                self.add(
                    at!["phases", p, "id"],
                    "expected items, steps or a gate in the phase, came an empty one",
                );
            }
            if phase.kind == PhaseKind::Rollback && !(phase.items.is_empty() && phase.gate.is_none()) {
                self.add(
                    at!["phases", p, "kind"],
                    "expected only steps in a rollback phase, came items or a gate",
                );
            }
            let rules = phase.gate.iter().flat_map(|gate| gate.sign_offs.iter().enumerate());
            for (r, rule) in rules {
                if rule.people == 0 {
                    let path = at!["phases", p, "gate", "sign_offs", r, "people"];
                    self.add(path, "expected at least 1 person to sign, came 0");
                }
            }
            let mut receivers = BTreeSet::new();
            for (n, name) in phase.gate.iter().flat_map(|gate| gate.notify.iter().enumerate()) {
                if !receivers.insert(name) {
                    let message = format!("expected every receiver once, came `{name}` twice");
                    self.add(at!["phases", p, "gate", "notify", n], message);
                }
            }
        }
    }

    fn unique_ids(&mut self) {
        let mut seen: BTreeMap<&Id, &str> = BTreeMap::new();
        let mut twice = Vec::new();
        let mut note = |id, what, path: Vec<At>| {
            if Runbook::is_reserved(id) {
                twice.push((
                    path.clone(),
                    format!("expected an id that the console does not give itself, came `{id}`"),
                ));
            }
            if let Some(first) = seen.insert(id, what) {
                twice.push((
                    path,
                    format!("expected an id of its own, came `{id}`, which a {first} has already"),
                ));
            }
        };
        for (p, phase) in self.runbook.phases.iter().enumerate() {
            note(&phase.id, "phase", at!["phases", p, "id"]);
            for (i, item) in phase.items.iter().enumerate() {
                note(&item.id, "item", at!["phases", p, "items", i, "id"]);
            }
            for (s, step) in phase.steps.iter().enumerate() {
                note(&step.id, "step", at!["phases", p, "steps", s, "id"]);
            }
        }
        for (path, message) in twice {
            self.add(path, message);
        }
    }

    fn references(&mut self) {
        for (p, phase) in self.runbook.phases.iter().enumerate() {
            for (i, item) in phase.items.iter().enumerate() {
                let path = at!["phases", p, "items", i, "probe"];
                match &item.probe {
                    Some(Probe::Query(query)) => self.query(query, [path, at!["query"]].concat()),
                    Some(Probe::Command(command)) => self.command(command, [path, at!["command"]].concat()),
                    Some(Probe::Step(step)) if self.runbook.step(step).is_none() => {
                        self.add([path, at!["step"]].concat(), unknown("step", step));
                    }
                    Some(Probe::IndexSpace(space)) => {
                        if self.runbook.database.is_none() {
                            self.add(
                                path.clone(),
                                "expected [database] with indexes for an index_space probe, came none",
                            );
                        }
                        self.parameter(&space.free_bytes, [path, at!["index_space", "free_bytes"]].concat());
                    }
                    Some(Probe::Step(_)) | None => {}
                }
            }
            for (s, step) in phase.steps.iter().enumerate() {
                let path = at!["phases", p, "steps", s];
                if step.leaves.is_some() && self.runbook.database.is_none() {
                    let message = "expected [database] for a step that says what it leaves, came none";
                    self.add([path.clone(), at!["leaves"]].concat(), message);
                }
                if step.irreversible && phase.kind == PhaseKind::Rollback {
                    let message =
                        "expected second_person of the way back instead: a way back is confirmed as a whole";
                    self.add([path.clone(), at!["irreversible"]].concat(), message);
                }
                for (n, need) in step.needs.iter().enumerate() {
                    if self.runbook.step(need).is_none() && self.runbook.item(need).is_none() {
                        self.add([path.clone(), at!["needs", n]].concat(), unknown("step or item", need));
                    }
                }
                self.action(&step.run, [path.clone(), at!["run"]].concat());
                let early = matches!(phase.kind, PhaseKind::Preflight | PhaseKind::Backup);
                if matches!(step.run, Action::Rehearse(_)) && !early {
                    let message = "expected a rehearsal in a phase of kind preflight or backup, came one that would come too late";
                    self.add([path, at!["run", "rehearse"]].concat(), message);
                }
            }
        }
    }

    fn action(&mut self, action: &Action, path: Vec<At>) {
        let under = |more: Vec<At>| [path.clone(), more].concat();
        match action {
            Action::Command(command) => self.command(command, under(at!["command"])),
            Action::Query(query) => self.query(query, under(at!["query"])),
            Action::Sql(sql) => {
                if sql.statements.is_empty() {
                    self.add(under(at!["sql", "statements"]), "expected at least one statement, came none");
                }
            }
            Action::Explain(explain) => {
                if !(1..=20).contains(&explain.repetitions) {
                    let message = format!("expected 1 to 20 repetitions, came {}", explain.repetitions);
                    self.add(under(at!["explain", "repetitions"]), message);
                }
                self.whose_queries(explain, under(at!["explain"]));
                let mut seen = BTreeSet::new();
                for (q, query) in explain.queries.iter().enumerate() {
                    if !seen.insert(&query.id) {
                        let message =
                            format!("expected an id of its own, came `{}` twice in this step", query.id);
                        self.add(under(at!["explain", "queries", q, "id"]), message);
                    }
                    for (b, name) in query.bind.iter().enumerate() {
                        self.parameter(name, under(at!["explain", "queries", q, "bind", b]));
                    }
                }
                if let Some(baseline) = &explain.baseline {
                    match self.runbook.step(baseline).map(|(_, step)| &step.run) {
                        Some(Action::Explain(before)) => {
                            self.same_questions(explain, before, under(at!["explain"]))
                        }
                        _ => self
                            .add(under(at!["explain", "baseline"]), unknown("step that explains", baseline)),
                    }
                }
            }
            Action::Inventory(_) => {
                if self.runbook.database.as_ref().is_none_or(|database| database.indexes.is_empty()) {
                    self.add(
                        under(at!["inventory"]),
                        "expected [[database.indexes]] for an index inventory, came none",
                    );
                }
            }
            Action::Rehearse(rehearse) => {
                self.command(&rehearse.copy, under(at!["rehearse", "copy"]));
                if let Some(measure) = &rehearse.measure {
                    self.command(measure, under(at!["rehearse", "measure"]));
                }
                for (key, index, message) in rehearse.problems(self.runbook) {
                    let path = under(at!["rehearse", key]);
                    self.add([path, index.into_iter().map(At::from).collect()].concat(), message);
                }
            }
            Action::Remedy(remedy) => self.remedy(remedy, under(at!["remedy"])),
        }
    }

    /// Times compare only where the same was asked. Parameters are fixed for the whole run.
    fn same_questions(&mut self, explain: &Explain, before: &Explain, path: Vec<At>) {
        for (q, query) in explain.queries.iter().enumerate() {
            let earlier = before.queries.iter().find(|earlier| earlier.id == query.id);
            if earlier.is_some_and(|earlier| (&earlier.sql, &earlier.bind) != (&query.sql, &query.bind)) {
                let message = format!(
                    "expected the statement and parameters of `{}` in the baseline, came others",
                    query.id
                );
                self.add([path.clone(), at!["queries", q, "sql"]].concat(), message);
            }
        }
    }

    fn remedy(&mut self, remedy: &Remedy, path: Vec<At>) {
        let known = self.runbook.database.iter().flat_map(|database| &database.indexes);
        if !known.into_iter().any(|index| index.name == remedy.index) {
            let message = format!("expected an index of [[database.indexes]], came `{}`", remedy.index);
            self.add([path, at!["index"]].concat(), message);
        }
    }

    fn whose_queries(&mut self, explain: &Explain, path: Vec<At>) {
        match &explain.queries_of {
            None if explain.queries.is_empty() => {
                self.add(
                    path,
                    "expected queries, or queries_of with the explain step that has them, came neither",
                );
            }
            Some(_) if !explain.queries.is_empty() => {
                self.add(
                    [path, at!["queries_of"]].concat(),
                    "expected either queries or queries_of, came both",
                );
            }
            Some(other) => {
                let has_queries = |(_, step): (_, &super::Step)| matches!(&step.run, Action::Explain(explain) if !explain.queries.is_empty());
                if !self.runbook.step(other).is_some_and(has_queries) {
                    let message = unknown("step with explain queries of its own", other);
                    self.add([path, at!["queries_of"]].concat(), message);
                }
            }
            None => {}
        }
    }

    fn command(&mut self, command: &Command, path: Vec<At>) {
        if command.argv.first().is_none_or(|program| program.is_empty()) {
            self.add([path.clone(), at!["argv"]].concat(), "expected a program and its arguments, came none");
        }
        let outside = |cwd: &String| cwd.starts_with('/') || cwd.split('/').any(|part| part == "..");
        if command.cwd.as_ref().is_some_and(outside) {
            self.add(
                [path, at!["cwd"]].concat(),
                "expected a folder beside the runbook, came a path that leads out of it",
            );
        }
    }

    fn query(&mut self, query: &Query, path: Vec<At>) {
        for (b, name) in query.bind.iter().enumerate() {
            self.parameter(name, [path.clone(), at!["bind", b]].concat());
        }
    }

    fn parameter(&mut self, name: &Id, path: Vec<At>) {
        if !self.runbook.parameters.contains_key(name) {
            self.add(path, unknown("parameter", name));
        }
    }

    /// A step waits for the steps above it in its phase, for the phases above, and for what it names in `needs`.
    fn cycles(&mut self) {
        let order: Vec<&Id> = self.runbook.steps().map(|(_, step)| &step.id).collect();
        let place = |id: &Id| order.iter().position(|other| *other == id);
        let phase_of_item = |id: &Id| {
            self.runbook
                .item(id)
                .and_then(|(phase, _)| self.runbook.phases.iter().position(|p| p.id == phase.id))
        };
        let mut wrong = Vec::new();
        for (p, phase) in self.runbook.phases.iter().enumerate() {
            for (s, step) in phase.steps.iter().enumerate() {
                for (n, need) in step.needs.iter().enumerate() {
                    let later = place(need).is_some_and(|at| Some(at) >= place(&step.id))
                        || phase_of_item(need).is_some_and(|at| at > p);
                    let by_itself = self.proven_by_later(need, &step.id, &order);
                    if later || by_itself {
                        let message = format!(
                            "expected a step or item that can be done before `{}`, came `{need}`, which waits for it: a cycle",
                            step.id
                        );
                        wrong.push((at!["phases", p, "steps", s, "needs", n], message));
                    }
                }
            }
        }
        for (path, message) in wrong {
            self.add(path, message);
        }
    }

    /// An item that is proven by this very step, or one behind it, cannot be needed by it.
    fn proven_by_later(&self, item: &Id, step: &Id, order: &[&Id]) -> bool {
        let place = |id: &Id| order.iter().position(|other| *other == id);
        match self.runbook.item(item).map(|(_, item)| &item.probe) {
            Some(Some(Probe::Step(proof))) => place(proof).is_some_and(|at| Some(at) >= place(step)),
            _ => false,
        }
    }

    fn database(&mut self) {
        let mut seen = BTreeSet::new();
        for (i, index) in
            self.runbook.database.iter().flat_map(|database| database.indexes.iter().enumerate())
        {
            if !seen.insert(&index.name) {
                let message = format!("expected every index once, came `{}` twice", index.name);
                self.add(at!["database", "indexes", i, "name"], message);
            }
            if index.name.len() > 63 {
                let message = format!("expected a name of at most 63 bytes, came {} bytes", index.name.len());
                self.add(at!["database", "indexes", i, "name"], message);
            }
        }
    }

    fn aftercare(&mut self) {
        let Some(aftercare) = &self.runbook.aftercare else { return };
        if self.runbook.database.is_none() {
            self.add(at!["aftercare"], "expected a [database] to look after, came none");
        }
        for (key, message) in aftercare.problems() {
            self.add(at!["aftercare", key], message);
        }
    }

    fn airbag(&mut self) {
        if let Some((key, message)) = self.runbook.airbag.as_ref().and_then(Airbag::problem) {
            self.add(at!["airbag", key], message);
        }
    }
}

fn unknown(what: &str, id: &Id) -> String {
    format!("expected a {what} of this runbook, came `{id}`, which is none")
}
