//! A runbook looked at beside its target before a run is started: statements prepared, programs found, migrations rendered, the
//! catalogue read. It changes nothing. The rules are in `crate::preflight`.

mod catalogue;
mod hoped;
mod prepare;
mod rendering;
mod sizes;
mod sources;
mod tools;

pub use rendering::NOT_RENDERED;

use crate::preflight::catalogue::Catalogue;
use crate::preflight::indexes::{self, New};
use crate::preflight::report::{Place, Plans, Remark, Report, Weight};
use crate::preflight::source::Source;
use crate::preflight::statement::Does;
use crate::preflight::{collect, concurrently, lint, shell};
use crate::run::reading::TargetFacts;
use crate::runbook::parse::Places;
use crate::runbook::rules::At;
use crate::runbook::{Command, Id, Runbook, Value};
use crate::server::clock::now_ms;
use crate::server::target::program::Program;
use crate::server::target::{Target, TargetError, facts};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub runbook: &'a Runbook,
    pub sha256: &'a str,
    /// Name of the runbook's file, and its text.
    pub file: &'a str,
    pub text: &'a str,
    /// Where the file lies.
    pub folder: &'a Path,
    pub target: &'a Target,
}

/// Looks at everything once. Each part is bounded in time; what could not be looked at is a remark.
pub async fn compile(subject: Subject<'_>) -> Report {
    let begun = now_ms();
    let look = Look { subject, places: Places::of(subject.text), defaults: defaults(subject.runbook) };
    let facts = facts(subject.target).await;
    let major = facts.as_ref().ok().and_then(|facts| facts.server_version.split('.').next()?.parse().ok());
    let (tools, rendered) = tokio::join!(tools::look(&look, major), rendering::all(&look));
    let mut remarks = Vec::new();
    remarks.extend(tools.remarks);
    remarks.extend(rendered.remarks);
    remarks.extend(traps(&look));
    remarks.extend(look.defaults_that_do_not_fit());
    let sources = sources::all(&look, rendered.sources);
    let target = match &facts {
        Ok(_) => on_target(&look, &sources).await,
        Err(error) => Err(TargetError::Unfit(error.to_string())),
    };
    let target = target.unwrap_or_else(|error| {
        let place = look.place(&[], "target");
        let remark = Remark::new(
            Weight::Fail,
            "target-unreachable",
            &place,
            subject.target.name().to_string(),
            error.to_string(),
        );
        remarks.push(
            remark.remedy("See the targets page. Without the target nothing of the SQL could be looked at."),
        );
        OnTarget {
            plans: Plans::NotAsked { why: "The target could not be asked.".to_owned() },
            ..OnTarget::default()
        }
    });
    remarks.extend(target.remarks);
    remarks.extend(rules(&look, &sources, &target.catalogue));
    let mut report = Report {
        runbook: subject.runbook.slug.clone(),
        title: subject.runbook.title.clone(),
        sha256: subject.sha256.to_owned(),
        target: subject.target.name().clone(),
        environment: subject.target.environment_name().to_owned(),
        facts: facts.ok(),
        at: begun,
        took_ms: now_ms() - begun,
        remarks,
        prepared: target.prepared,
        tools: tools.found,
        parts: sources::parts(subject.runbook, &sources, &target.catalogue),
        indexes: target.indexes,
        plans: target.plans,
    };
    report.sort();
    report
}

/// What a signature binds of a preflight.
pub struct Rendering {
    /// The statements of every step that may change the target.
    pub sources: Vec<Source>,
    /// What the linter says of them, and why a migration could not be rendered.
    pub remarks: Vec<Remark>,
}

/// The part of the look that needs no target. `version`: the target's `server_version_num`.
pub async fn rendering(subject: Subject<'_>, version: i32) -> Rendering {
    let look = Look { subject, places: Places::of(subject.text), defaults: defaults(subject.runbook) };
    let rendered = rendering::all(&look).await;
    let sources = sources::all(&look, rendered.sources);
    let lint = sources.iter().flat_map(|source| lint::remarks(source, version));
    let remarks = rendered.remarks.into_iter().chain(lint).collect();
    Rendering { sources, remarks }
}

/// Whether a report still speaks of this runbook and this database.
pub fn holds(report: &Report, sha256: &str, facts: &TargetFacts) -> bool {
    let same = |seen: &TargetFacts| {
        (&seen.system_identifier, &seen.host, &seen.database, &seen.user, &seen.server_version)
            == (&facts.system_identifier, &facts.host, &facts.database, &facts.user, &facts.server_version)
    };
    report.sha256 == sha256 && report.facts.as_ref().is_some_and(same)
}

/// The subject with what all parts of the look share.
struct Look<'a> {
    subject: Subject<'a>,
    places: Places<'a>,
    /// Of parameters: what programs get that are started here.
    defaults: BTreeMap<Id, Value>,
}

impl Look<'_> {
    fn program<'b>(&'b self, command: &'b Command, patience: Duration, keep: usize) -> Program<'b> {
        let Subject { target, folder, .. } = self.subject;
        Program { target, command, parameters: &self.defaults, folder, patience, keep }
    }

    fn place(&self, path: &[At], part: impl Into<String>) -> Place {
        let (line, column) = self.places.find(path);
        Place { file: self.subject.file.to_owned(), line, column, part: part.into() }
    }

    fn defaults_that_do_not_fit(&self) -> Vec<Remark> {
        let parameters = self.subject.runbook.parameters.iter();
        let misfits = parameters.filter_map(|(name, parameter)| {
            let default = parameter.default.as_ref()?;
            let expected = crate::run::decide::misfit(parameter.kind, default)?;
            let path = [At::Key("parameters"), At::Name(name.to_string()), At::Key("default")];
            let place = self.place(&path, format!("parameter {name}"));
            let reason =
                format!("Expected {expected}, came `{default}`: a run that takes the default cannot start.");
            let remark = Remark::new(Weight::Fail, "default-does-not-fit", &place, name.to_string(), reason);
            Some(
                remark.remedy(
                    "Give a default of that type, or a sample: a SELECT of one value from the target.",
                ),
            )
        });
        misfits.collect()
    }
}

fn defaults(runbook: &Runbook) -> BTreeMap<Id, Value> {
    let given = runbook
        .parameters
        .iter()
        .filter_map(|(name, parameter)| Some((name.clone(), parameter.default.clone()?)));
    given.collect()
}

fn traps(look: &Look<'_>) -> Vec<Remark> {
    let mut found = Vec::new();
    for started in collect::commands(look.subject.runbook) {
        let place = look.place(&started.path, &started.part);
        found.extend(shell::calls(&started.command.argv).iter().flat_map(|call| shell::traps(call, &place)));
    }
    found
}

/// What the target has answered.
struct OnTarget {
    remarks: Vec<Remark>,
    catalogue: Catalogue,
    prepared: usize,
    indexes: Vec<crate::preflight::report::NewIndex>,
    plans: Plans,
}

impl Default for OnTarget {
    fn default() -> Self {
        let plans = Plans::NotAsked { why: String::new() };
        Self { remarks: Vec::new(), catalogue: Catalogue::default(), prepared: 0, indexes: Vec::new(), plans }
    }
}

async fn on_target(look: &Look<'_>, sources: &[Source]) -> Result<OnTarget, TargetError> {
    let mut session = look.subject.target.session().await?;
    let catalogue = catalogue::read(&mut session, look.subject.target, sources).await?;
    let prepared = prepare::all(look, &mut session, sources, catalogue.version).await?;
    let mut remarks = prepared.remarks;
    remarks.extend(catalogue::missing(sources, &catalogue));
    remarks.extend(catalogue::stands_elsewhere(look, &mut session).await?);
    let indexes = sizes::all(look, &mut session, sources, &catalogue).await?;
    // Hypothetical indexes live in their session: it is not given back.
    let (plans, more) = hoped::all(look, &mut session, &indexes).await?;
    remarks.extend(more);
    let indexes = indexes.into_iter().map(|index| index.shown).collect();
    Ok(OnTarget { remarks, catalogue, prepared: prepared.count, indexes, plans })
}

fn rules(look: &Look<'_>, sources: &[Source], catalogue: &Catalogue) -> Vec<Remark> {
    let mut found = Vec::new();
    for source in sources {
        found.extend(lint::remarks(source, catalogue.version));
        found.extend(concurrently::remarks(source, catalogue));
    }
    let new = new_indexes(sources);
    found.extend(indexes::remarks(&new, catalogue));
    if let Some(database) = &look.subject.runbook.database {
        found.extend(indexes::against_expected(&new, &database.indexes, |at| {
            look.place(
                &[At::Key("database"), At::Key("indexes"), At::Index(at), At::Key("definition")],
                "[database]",
            )
        }));
    }
    found
}

/// The indexes that the way forward makes.
fn new_indexes(sources: &[Source]) -> Vec<New<'_>> {
    let forward = sources.iter().filter(|source| !source.back);
    let made = forward.flat_map(|source| source.statements.iter().map(move |read| (source, read)));
    made.filter_map(|(source, read)| match &read.does {
        Does::CreateIndex(index) => Some(New { index, place: &source.place }),
        _ => None,
    })
    .collect()
}
