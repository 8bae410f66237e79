//! Alembic's revisions resolved both ways, and the SQL of exactly the way that a step goes, rendered without the database.

use super::Look;
use crate::preflight::alembic::{Call, Direction, path, unpinned};
use crate::preflight::collect::{self, Started};
use crate::preflight::report::{Place, Remark, Weight};
use crate::preflight::shell;
use crate::preflight::source::Source;
use crate::runbook::{Command, Phase, Step};
use crate::server::target::program::Ended;
use futures::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;

/// The first call of a project installs what it needs.
const PATIENCE: Duration = Duration::from_secs(60);
/// A rendering is kept up to so many bytes.
const MOST: usize = 8 << 20;

/// Rule of the remark that a migration tool could not be asked: asked again it may answer.
pub const NOT_RENDERED: &str = "migration-not-rendered";

pub(super) struct Rendered {
    pub sources: Vec<Source>,
    pub remarks: Vec<Remark>,
}

/// A step that calls Alembic.
struct Migration<'a> {
    call: Call,
    command: &'a Command,
    phase: &'a Phase,
    step: &'a Step,
    place: Place,
}

/// The SQL, or why there is none.
type Answer = Result<String, Trouble>;

#[derive(Clone)]
enum Trouble {
    /// Alembic's own words.
    Refused(String),
    /// It could not be asked.
    NotAsked(String),
}

/// What one project is asked, so that the same is not asked twice.
type Key = (Vec<String>, Option<String>);

pub(super) async fn all(look: &Look<'_>) -> Rendered {
    let commands = collect::commands(look.subject.runbook);
    let migrations: Vec<Migration<'_>> =
        commands.iter().flat_map(|started| migrations(look, started)).collect();
    let mut rendered = Rendered { sources: Vec::new(), remarks: Vec::new() };
    let mut ways = Vec::new();
    for migration in &migrations {
        if unpinned(&migration.call.revision) {
            rendered.remarks.push(not_pinned(look, migration));
        }
        match ends(look, migration, &migrations).await {
            Ok(ends) => ways.push((migration, ends)),
            Err(trouble) => rendered.remarks.push(told(migration, migration.call.direction, &trouble, true)),
        }
    }
    let answers = answers(look, &ways).await;
    for (migration, (from, to)) in &ways {
        let own = migration.call.direction;
        for direction in [own, own.other()] {
            let (from, to) = if direction == own { (from, to) } else { (to, from) };
            let key = (migration.call.rendering(direction, from, to), migration.command.cwd.clone());
            match answers.get(&key) {
                Some(Ok(sql)) if direction == own => {
                    rendered.remarks.extend(goes_elsewhere(look, migration, sql));
                    rendered.sources.push(source(migration, sql));
                }
                Some(Ok(_)) | None => {}
                Some(Err(trouble)) => {
                    rendered.remarks.push(told(migration, direction, trouble, direction == own))
                }
            }
        }
    }
    rendered
}

fn migrations<'a>(look: &Look<'_>, started: &Started<'a>) -> Vec<Migration<'a>> {
    let Some((phase, step)) = started.step else { return Vec::new() };
    let calls = shell::calls(&started.command.argv).into_iter().filter_map(|call| Call::find(&call.words));
    let place = look.place(&started.path, &started.part);
    calls
        .map(|call| Migration { call, command: started.command, phase, step, place: place.clone() })
        .collect()
}

fn not_pinned(look: &Look<'_>, migration: &Migration<'_>) -> Remark {
    let revision = &migration.call.revision;
    let reason = format!(
        "`{revision}` is wherever the project or the database happens to be that night, not what was read and signed."
    );
    let wanted = look.subject.runbook.database.as_ref().and_then(|database| database.revision.as_ref());
    let wanted = wanted.map(|revision| match migration.call.direction {
        Direction::Upgrade => revision.after.as_str(),
        Direction::Downgrade => revision.before.as_str(),
    });
    let remedy = match wanted {
        Some(wanted) => format!("Name the revision: alembic {} {wanted}", migration.call.direction.word()),
        None => {
            "Name the revision, and say in [database.revision] where the database stands before and after."
                .to_owned()
        }
    };
    let subject = format!("alembic {} {revision}", migration.call.direction.word());
    Remark::new(Weight::Fail, "target-not-pinned", &migration.place, subject, reason).remedy(remedy)
}

/// From which revision to which the step goes.
async fn ends(
    look: &Look<'_>,
    migration: &Migration<'_>,
    all: &[Migration<'_>],
) -> Result<(String, String), Trouble> {
    let to = migration.call.revision.clone();
    let declared = look.subject.runbook.database.as_ref().and_then(|database| database.revision.as_ref());
    let from = match (declared, migration.call.direction) {
        (Some(revision), Direction::Upgrade) => revision.before.clone(),
        (Some(revision), Direction::Downgrade) => revision.after.clone(),
        (None, Direction::Upgrade) => current(look, migration).await?,
        (None, Direction::Downgrade) => {
            let same = |other: &&Migration<'_>| {
                other.call.program == migration.call.program && other.call.direction == Direction::Upgrade
            };
            match all.iter().find(same) {
                Some(upgrade) => upgrade.call.revision.clone(),
                None => current(look, migration).await?,
            }
        }
    };
    Ok((from, to))
}

/// Where the database stands, by Alembic itself.
async fn current(look: &Look<'_>, migration: &Migration<'_>) -> Result<String, Trouble> {
    let said = ask(look, migration.command, migration.call.asking()).await?;
    Ok(said.split_whitespace().next().unwrap_or("base").to_owned())
}

async fn answers(look: &Look<'_>, ways: &[(&Migration<'_>, (String, String))]) -> BTreeMap<Key, Answer> {
    let mut wanted: BTreeMap<Key, &Command> = BTreeMap::new();
    for (migration, (from, to)) in ways {
        let own = migration.call.direction;
        for (direction, from, to) in [(own, from, to), (own.other(), to, from)] {
            let key = (migration.call.rendering(direction, from, to), migration.command.cwd.clone());
            wanted.entry(key).or_insert(migration.command);
        }
    }
    let asked = wanted.into_iter().map(|(key, command)| async move {
        let answer = ask(look, command, key.0.clone()).await;
        (key, answer)
    });
    join_all(asked).await.into_iter().collect()
}

async fn ask(look: &Look<'_>, command: &Command, argv: Vec<String>) -> Answer {
    let line = argv.join(" ");
    let command = Command { argv, ..command.clone() };
    let (ended, [out, errors]) = look.program(&command, PATIENCE, MOST).run_apart().await;
    match ended {
        Ended::Exited(status) if status.success() => Ok(out),
        Ended::Exited(status) => {
            let code = status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
            Err(Trouble::Refused(format!("{} ({code} of `{line}`)", reason(&out, &errors),)))
        }
        Ended::NotStarted(why) => Err(Trouble::NotAsked(why)),
        Ended::TimedOut => Err(Trouble::NotAsked(format!(
            "`{line}` was not done within {} s and was ended",
            PATIENCE.as_secs()
        ))),
        Ended::Lost(error) => {
            Err(Trouble::NotAsked(format!("the end of `{line}` could not be waited for: {error}")))
        }
    }
}

/// Alembic's `FAILED:` where it says one, else the last line.
fn reason(out: &str, errors: &str) -> String {
    let lines = || errors.lines().chain(out.lines()).map(str::trim).filter(|line| !line.is_empty());
    let failed = lines().find_map(|line| line.strip_prefix("FAILED: "));
    let last = || errors.lines().rev().map(str::trim).find(|line| !line.is_empty());
    failed.or_else(last).unwrap_or("it said nothing").to_owned()
}

fn told(migration: &Migration<'_>, direction: Direction, trouble: &Trouble, own: bool) -> Remark {
    let subject = format!("alembic {}", direction.word());
    let remark = |weight, rule: &str, reason: String| {
        Remark::new(weight, rule, &migration.place, subject.clone(), reason)
    };
    match trouble {
        Trouble::NotAsked(why) => {
            remark(Weight::Unknown, NOT_RENDERED, format!("It could not be rendered: {why}."))
        }
        Trouble::Refused(why) if own => {
            remark(Weight::Fail, "migration-does-not-compile", format!("Alembic says: {why}."))
        }
        Trouble::Refused(why) => {
            let reason = format!("What this step does cannot be undone by Alembic, which says: {why}.");
            remark(Weight::Warn, "no-way-back-by-alembic", reason)
        }
    }
}

/// The rendering ends at another revision than the runbook says.
fn goes_elsewhere(look: &Look<'_>, migration: &Migration<'_>, sql: &str) -> Option<Remark> {
    let revision = look.subject.runbook.database.as_ref()?.revision.as_ref()?;
    let wanted = match migration.call.direction {
        Direction::Upgrade => &revision.after,
        Direction::Downgrade => &revision.before,
    };
    let path = path(sql);
    let end = path.last().filter(|end| *end != wanted)?;
    let reason = format!("It goes {}, while [database.revision] ends at {wanted}.", path.join(" → "));
    let subject = format!("alembic {} {}", migration.call.direction.word(), migration.call.revision);
    let remark = Remark::new(Weight::Fail, "goes-elsewhere", &migration.place, subject, reason);
    Some(remark.remedy(format!("Name {wanted} here, or {end} there.")))
}

fn source(migration: &Migration<'_>, sql: &str) -> Source {
    let made = Source::new(migration.place.clone(), migration.phase, migration.step, sql.to_owned(), false);
    let runs = format!("alembic {}: {}", migration.call.direction.word(), path(sql).join(" → "));
    Source { rendered: true, runs, ..made }
}
