//! Resolving what a signature stands for: files are read, SQL is rendered and linted, the target is asked. What counts as a difference
//! is said in `run::intent`.

pub mod files;

use crate::run::intent::{Intent, Line, Part};
use crate::run::reading::TargetFacts;
use crate::run::{Reading, RunState};
use crate::runbook::{Id, Phase, Runbook};
use crate::server::console::Console;
use crate::server::preflight::{NOT_RENDERED, Rendering, Subject, rendering};
use crate::server::target::{self, Target};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// A request takes 30 s at most, and has more to do than this.
const PATIENCE: Duration = Duration::from_secs(20);
/// So many renderings are kept: as many runs as are walked at once.
const KEPT: usize = 16;

/// Renderings by what they were made of: the same files give the same SQL.
#[derive(Default)]
pub struct Renderings(Mutex<HashMap<String, Arc<Rendering>>>);

/// # Errors
/// One sentence: the target does not answer, a file cannot be read, or the rendering takes too long. Nothing is known then, so nothing
/// may be signed or begun, and no signature falls.
pub async fn resolve(console: &Console, state: &RunState, phase: &Phase) -> Result<Intent, String> {
    let looked = timeout(PATIENCE, look(console, state, phase)).await;
    looked.unwrap_or_else(|_| Err(format!("it was not known within {} s", PATIENCE.as_secs())))
}

async fn look(console: &Console, state: &RunState, phase: &Phase) -> Result<Intent, String> {
    let name = &state.target.name;
    let target =
        console.targets().get(name).ok_or_else(|| format!("the target {name} is no longer configured"))?;
    let folder = console.runbooks().dir();
    let facts =
        target::facts(target).await.map_err(|error| format!("the target does not answer: {error}"))?;
    let mut lines = state.intended(phase);
    lines.extend(which_target(&facts));
    if state.runbook.database.as_ref().is_some_and(|database| database.revision.is_some()) {
        lines.push(revision(console.read_target(state).await)?);
    }
    let files = used(&state.runbook, folder).await?;
    let rendered = rendered(console, state, target, &files, &facts.server_version).await?;
    let behind: Vec<&Id> = state.behind(phase).map(|step| &step.id).collect();
    let shown = |step: &Id| behind.contains(&step);
    let sql = rendered.sources.iter().filter(|source| shown(&source.step));
    lines.extend(sql.map(|source| Line::new(Part::Sql, source.step.to_string(), source.text.trim())));
    let lint = rendered.remarks.iter().map(|remark| {
        let name = format!("{}: {} ({})", remark.place.part, remark.rule, remark.subject);
        Line::new(Part::Lint, name, &remark.reason)
    });
    lines.extend(lint);
    lines.extend(files);
    Ok(Intent::new(lines))
}

/// The files that the programs of a runbook are made of, as lines.
///
/// # Errors
/// One cannot be read.
pub async fn used(runbook: &Arc<Runbook>, folder: &Path) -> Result<Vec<Line>, String> {
    let (runbook, folder) = (Arc::clone(runbook), folder.to_owned());
    let read = tokio::task::spawn_blocking(move || files::used(&runbook, &folder));
    let read = read.await.map_err(|error| error.to_string())?;
    let files = read?;
    Ok(files.into_iter().map(|(name, sha256)| Line::new(Part::File, name, sha256)).collect())
}

fn which_target(facts: &TargetFacts) -> Vec<Line> {
    let identifier = facts.system_identifier.as_deref().unwrap_or("the role may not ask for it");
    let told = [
        ("name", facts.name.as_str()),
        ("environment", &facts.environment),
        ("host", &facts.host),
        ("database", &facts.database),
        ("role", &facts.user),
        ("server version", &facts.server_version),
        ("system identifier", identifier),
    ];
    told.into_iter().map(|(name, value)| Line::new(Part::Target, name, value)).collect()
}

fn revision(reading: Option<Reading>) -> Result<Line, String> {
    match reading {
        Some(Reading::Says(says)) => Ok(Line::new(Part::Revision, "stored", says.revisions.join(", "))),
        Some(Reading::Unreachable { error, .. }) => Err(format!("the target does not answer: {error}")),
        None => Err("the runbook names nothing to ask for".to_owned()),
    }
}

async fn rendered(
    console: &Console,
    state: &RunState,
    target: &Target,
    files: &[Line],
    server_version: &str,
) -> Result<Arc<Rendering>, String> {
    let of = (&state.runbook_sha256, &state.runbook.phases.len(), target.name(), files, server_version);
    let key = serde_json::to_string(&of).map_err(|error| error.to_string())?;
    let key: String = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = || console.renderings().0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = kept().get(&key).cloned() {
        return Ok(found);
    }
    let subject = Subject {
        runbook: &state.runbook,
        sha256: &state.runbook_sha256,
        file: "",
        text: "",
        folder: console.runbooks().dir(),
        target,
    };
    let made = Arc::new(rendering(subject, version_number(server_version)).await);
    // A migration tool that could not be asked may be asked again; one that refuses has answered.
    if let Some(unknown) = made.remarks.iter().find(|remark| remark.rule == NOT_RENDERED) {
        return Err(format!("{}: {}", unknown.place.part, unknown.reason));
    }
    let mut all = kept();
    if all.len() >= KEPT {
        all.clear();
    }
    all.insert(key, Arc::clone(&made));
    Ok(made)
}

/// `15.18` as `server_version_num` writes it.
fn version_number(version: &str) -> i32 {
    let mut parts = version.split('.').map(|part| part.parse::<i32>().unwrap_or(0));
    parts.next().unwrap_or(0) * 10_000 + parts.next().unwrap_or(0)
}
