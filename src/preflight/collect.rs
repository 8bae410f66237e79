//! Everything of a runbook that a preflight looks at, each with its place in the file.

use crate::runbook::rules::At;
use crate::runbook::{Action, Command, Expect, Id, Phase, Probe, Runbook, Step};

/// A SELECT that the console or its worker sends.
#[derive(Debug)]
pub struct Query<'a> {
    pub path: Vec<At>,
    /// For instance `item quiet-now`.
    pub part: String,
    pub sql: &'a str,
    pub bind: &'a [Id],
    pub expect: Option<&'a Expect>,
    /// It must give exactly one column: the sample of a parameter.
    pub one_value: bool,
}

/// A program that an item or a step starts.
#[derive(Debug)]
pub struct Started<'a> {
    pub path: Vec<At>,
    pub part: String,
    pub command: &'a Command,
    /// None: a probe, or what serves a rehearsal.
    pub step: Option<(&'a Phase, &'a Step)>,
}

/// Statements that the runbook itself holds.
#[derive(Debug)]
pub struct Written<'a> {
    pub path: Vec<At>,
    pub part: String,
    pub phase: &'a Phase,
    pub step: &'a Step,
    pub statements: &'a [String],
    pub transaction: bool,
}

fn under(path: &[At], more: &[At]) -> Vec<At> {
    [path, more].concat()
}

fn key(name: &'static str) -> At {
    At::Key(name)
}

fn items(runbook: &Runbook) -> impl Iterator<Item = (Vec<At>, String, &Probe)> {
    runbook.phases.iter().enumerate().flat_map(|(p, phase)| {
        phase.items.iter().enumerate().filter_map(move |(i, item)| {
            let path = vec![key("phases"), At::Index(p), key("items"), At::Index(i), key("probe")];
            Some((path, format!("item {}", item.id), item.probe.as_ref()?))
        })
    })
}

fn steps(runbook: &Runbook) -> impl Iterator<Item = (Vec<At>, String, &Phase, &Step)> {
    runbook.phases.iter().enumerate().flat_map(|(p, phase)| {
        phase.steps.iter().enumerate().map(move |(s, step)| {
            let path = vec![key("phases"), At::Index(p), key("steps"), At::Index(s), key("run")];
            (path, format!("step {}", step.id), phase, step)
        })
    })
}

pub fn queries(runbook: &Runbook) -> Vec<Query<'_>> {
    let mut found = Vec::new();
    for (name, parameter) in &runbook.parameters {
        if let Some(sql) = &parameter.sample {
            let path = vec![key("parameters"), At::Name(name.to_string()), key("sample")];
            found.push(Query {
                path,
                part: format!("parameter {name}"),
                sql,
                bind: &[],
                expect: None,
                one_value: true,
            });
        }
    }
    let query = |path: Vec<At>, part: String, sql, bind, expect| Query {
        path,
        part,
        sql,
        bind,
        expect,
        one_value: false,
    };
    for (path, part, probe) in items(runbook) {
        if let Probe::Query(asked) = probe {
            let path = under(&path, &[key("query"), key("sql")]);
            found.push(query(path, part, &asked.sql, &asked.bind, Some(&asked.expect)));
        }
    }
    for (path, part, _, step) in steps(runbook) {
        match &step.run {
            Action::Query(asked) => {
                let path = under(&path, &[key("query"), key("sql")]);
                found.push(query(path, part, &asked.sql, &asked.bind, Some(&asked.expect)));
            }
            // Those of another step are looked at there.
            Action::Explain(explain) if explain.queries_of.is_none() => {
                for (q, asked) in explain.queries.iter().enumerate() {
                    let path = under(&path, &[key("explain"), key("queries"), At::Index(q), key("sql")]);
                    found.push(query(
                        path,
                        format!("{part}, query {}", asked.id),
                        &asked.sql,
                        &asked.bind,
                        None,
                    ));
                }
            }
            _ => {}
        }
    }
    found
}

pub fn commands(runbook: &Runbook) -> Vec<Started<'_>> {
    let mut found = Vec::new();
    for (path, part, probe) in items(runbook) {
        if let Probe::Command(command) = probe {
            found.push(Started {
                path: under(&path, &[key("command"), key("argv")]),
                part,
                command,
                step: None,
            });
        }
    }
    for (path, part, phase, step) in steps(runbook) {
        let step_of = Some((phase, step));
        match &step.run {
            Action::Command(command) => {
                let path = under(&path, &[key("command"), key("argv")]);
                found.push(Started { path, part, command, step: step_of });
            }
            // On a copy: they change nothing of the target.
            Action::Rehearse(rehearse) => {
                let measure = rehearse.measure.iter().map(|command| ("measure", command));
                for (name, command) in [("copy", &rehearse.copy)].into_iter().chain(measure) {
                    let path = under(&path, &[key("rehearse"), key(name), key("argv")]);
                    found.push(Started { path, part: format!("{part}, {name}"), command, step: None });
                }
            }
            _ => {}
        }
    }
    found
}

pub fn written(runbook: &Runbook) -> Vec<Written<'_>> {
    let sql = steps(runbook).filter_map(|(path, part, phase, step)| match &step.run {
        Action::Sql(sql) => {
            let path = under(&path, &[key("sql"), key("statements")]);
            Some(Written {
                path,
                part,
                phase,
                step,
                statements: &sql.statements,
                transaction: sql.transaction,
            })
        }
        _ => None,
    });
    sql.collect()
}
