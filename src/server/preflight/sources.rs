//! The statements of every step that may change the target, and how they are shown.

use super::Look;
use crate::preflight::catalogue::Catalogue;
use crate::preflight::name::Name;
use crate::preflight::report::{Part, Statement};
use crate::preflight::source::Source;
use crate::preflight::statement::{Does, Read};
use crate::preflight::{collect, shell};
use crate::runbook::{Action, PhaseKind, Runbook};

/// Those that were rendered, those that the runbook holds itself, and those it gives to psql, in the runbook's order.
pub(super) fn all(look: &Look<'_>, rendered: Vec<Source>) -> Vec<Source> {
    let mut sources = rendered;
    for written in collect::written(look.subject.runbook) {
        let place = look.place(&written.path, &written.part);
        let text = written
            .statements
            .iter()
            .map(|sql| format!("{};", sql.trim().trim_end_matches(';')))
            .collect::<Vec<_>>()
            .join("\n");
        sources.push(Source {
            runs: "SQL".to_owned(),
            ..Source::new(place, written.phase, written.step, text, written.transaction)
        });
    }
    for started in collect::commands(look.subject.runbook) {
        let Some((phase, step)) = started.step else { continue };
        for call in shell::calls(&started.command.argv).iter().filter(|call| call.program() == "psql") {
            for sql in call.values("-c", "--command") {
                let place = look.place(&started.path, &started.part);
                let mut source = Source::new(place, phase, step, sql.to_owned(), false);
                if source.statements.len() > 1 {
                    // psql sends all of one -c at once, which makes them one transaction.
                    source = Source::new(source.place, phase, step, sql.to_owned(), true);
                }
                sources.push(Source { runs: "psql".to_owned(), ..source });
            }
        }
    }
    let order = |source: &Source| look.subject.runbook.steps().position(|(_, step)| step.id == source.step);
    sources.sort_by_key(order);
    sources
}

pub(super) fn parts(runbook: &Runbook, sources: &[Source], catalogue: &Catalogue) -> Vec<Part> {
    let changing =
        runbook.steps().filter(|(_, step)| matches!(step.run, Action::Command(_) | Action::Sql(_)));
    let parts = changing.flat_map(|(phase, step)| {
        let part = |runs: String, statements| Part {
            step: step.id.clone(),
            title: step.title.clone(),
            phase: phase.title.clone(),
            back: phase.kind == PhaseKind::Rollback,
            runs,
            statements,
        };
        let of_step: Vec<&Source> = sources.iter().filter(|source| source.step == step.id).collect();
        match &step.run {
            Action::Command(command) if of_step.is_empty() => vec![part(command.argv.join(" "), None)],
            _ => of_step
                .into_iter()
                .map(|source| part(source.runs.clone(), Some(statements(source, sources, catalogue))))
                .collect(),
        }
    });
    parts.collect()
}

fn statements(source: &Source, sources: &[Source], catalogue: &Catalogue) -> Vec<Statement> {
    let shown = source.statements.iter().filter(|read| read.does != Does::Transaction);
    shown
        .map(|read| Statement {
            sql: read.sql.clone(),
            tables: tables(read, sources, catalogue),
            lock: read.lock,
            until_commit: read.in_transaction,
        })
        .collect()
}

/// Its tables, and those of its indexes: as the catalogue knows them, or as an earlier statement makes them.
fn tables(read: &Read, sources: &[Source], catalogue: &Catalogue) -> Vec<String> {
    let of_index = |name: &Name| match catalogue.index(name) {
        Some(there) => Some(there.table.clone()),
        None => sources.iter().flat_map(|source| &source.statements).find_map(|read| match &read.does {
            Does::CreateIndex(index) if index.name.as_ref().is_some_and(|made| made.name == name.name) => {
                Some(index.table.clone())
            }
            _ => None,
        }),
    };
    let indexed = read.indexes().iter().filter_map(of_index);
    let mut tables: Vec<String> =
        read.tables.iter().cloned().chain(indexed).map(|name| catalogue.table(&name).shown()).collect();
    tables.dedup();
    tables
}
