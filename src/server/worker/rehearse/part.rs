//! One step on the copy: its time, its verdict, its locks.

use super::Walk;
use super::copy::Copy;
use super::locks::Watch;
use super::plan::{Leg, Part, Runs};
use super::program::{self, Program, file};
use crate::run::decide::judge;
use crate::run::reading::{Outcome, Reading, StepFindings};
use crate::run::result::{RehearsedStep, StepResult};
use crate::server::worker::stop::Stopping;
use crate::server::worker::{Failed, RESULT, TASK};
use crate::text::duration;
use crate::verdict::Verdict;
use nix::sys::signal::Signal;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

impl Walk<'_> {
    pub(super) async fn part(&self, place: usize, leg: &Leg, part: &Part) -> Result<RehearsedStep, Failed> {
        self.stopping.check()?;
        let folder = program::folder(self.folder, &format!("{place}-{}", part.step.id))?;
        let worker;
        let program = match &part.runs {
            Runs::Program(program) => program,
            Runs::Task(task) => {
                worker = worker_of(task, &folder)?;
                &worker
            }
        };
        let name = part.env.get("PGAPPNAME").cloned().unwrap_or_default();
        let watch = self.copy.session().await.ok().map(|session| Watch::begin(session, name));
        let begun = Instant::now();
        let outcome = run(program, &part.env, &folder, self.copy, self.stopping).await;
        let ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        let locks = match watch {
            Some(watch) => watch.end().await,
            None => None,
        };
        let outcome = outcome?;
        self.stopping.check()?;
        let (verdict, reason) = self.judge(part, &outcome, &folder, ms).await?;
        let (step, title, path) = (part.step.id.clone(), part.step.title.clone(), leg.path.clone());
        Ok(RehearsedStep { step, title, path, ms, verdict, reason, locks })
    }

    /// As the console would.
    async fn judge(
        &self,
        part: &Part,
        outcome: &Outcome,
        folder: &Path,
        ms: i64,
    ) -> Result<(Verdict, String), Failed> {
        let timeout = i64::try_from(part.step.timeout.ms()).unwrap_or(i64::MAX);
        if ms > timeout {
            let reason = format!("it takes longer than its timeout of {}", duration::words(timeout));
            return Ok((Verdict::Fail, reason));
        }
        let findings = left(folder)?.map(|left| left.findings).unwrap_or_default();
        let shown = StepFindings { findings, ..StepFindings::default() };
        let database = self.plan.database.as_ref();
        let reading = match part.step.leaves {
            Some(_) => self.copy.says(database).await?.map(Reading::Says),
            None => None,
        };
        Ok(judge(&part.step, Some(outcome), &shown, database, reading.as_ref()))
    }
}

/// Another worker, told to do the same as on the target.
fn worker_of(task: &crate::server::worker::Task, folder: &Path) -> Result<Program, Failed> {
    let path = folder.join(TASK);
    let text = serde_json::to_vec_pretty(task).map_err(std::io::Error::from);
    text.and_then(|text| std::fs::write(&path, text)).map_err(|error| file("cannot write", &path, error))?;
    let own =
        std::env::current_exe().map_err(|error| file("cannot find", Path::new("this program"), error))?;
    let argv = [own.as_path(), Path::new("worker"), &path].map(|part| part.to_string_lossy().into_owned());
    Ok(Program { argv: argv.to_vec(), env: BTreeMap::new(), cwd: None })
}

/// Runs a program on the copy. What stops this process stops it as well: they are one process group.
pub(super) async fn run(
    program: &Program,
    env: &BTreeMap<String, String>,
    folder: &Path,
    copy: &Copy,
    stopping: &Stopping,
) -> Result<Outcome, Failed> {
    let mut command = program.command()?;
    command.envs(env).env("KNEEBOARD_RESULT", folder.join(RESULT)).stdin(Stdio::null());
    copy.lead(&mut command);
    let status = match command.status().await {
        Ok(status) => status,
        Err(error) => return Ok(Outcome::NotStarted { error: error.to_string() }),
    };
    stopping.check()?;
    Ok(ended(status))
}

fn ended(status: ExitStatus) -> Outcome {
    match (status.code(), status.signal()) {
        (Some(code), _) => Outcome::Exited { code },
        (None, Some(number)) => {
            let name =
                Signal::try_from(number).map_or_else(|_| number.to_string(), |signal| signal.to_string());
            Outcome::Signalled { signal: name }
        }
        (None, None) => Outcome::NotStarted { error: status.to_string() },
    }
}

/// What a step has left, if anything.
pub(super) fn left(folder: &Path) -> Result<Option<StepResult>, Failed> {
    let path = folder.join(RESULT);
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| file("cannot read the result", &path, error.into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file("cannot read the result", &path, error)),
    }
}
