//! Preflights: made in the background, kept in memory until a newer one takes its place. A restart forgets them; they are cheap to make.

use super::{Console, Loaded, Problem};
use crate::preflight::report::Looked;
use crate::preflight::{Report, Weight};
use crate::run::decide::may_compile;
use crate::run::event::Preflight;
use crate::run::reading::TargetFacts;
use crate::run::{Actor, Ms};
use crate::runbook::Id;
use crate::server::clock::now_ms;
use crate::server::preflight::{Subject, compile, holds};
use crate::server::target::Target;
use crate::verdict::Verdict;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How long somebody waits for an answer that may take longer: half of what a request may take, for a start has more to do.
const PATIENCE: Duration = Duration::from_secs(15);
/// For so long a start takes what was seen before, instead of looking again.
const FRESH: Ms = 10 * 60_000;

#[derive(Default)]
pub(super) struct Kept(Mutex<HashMap<(Id, Id), Slot>>);

#[derive(Clone, Default)]
struct Slot {
    report: Option<Arc<Report>>,
    /// Since when one is being made, and its end: the sender is dropped then.
    making: Option<(Ms, watch::Receiver<()>)>,
}

impl Kept {
    fn slots(&self) -> MutexGuard<'_, HashMap<(Id, Id), Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Console {
    /// What is known now; nothing is begun.
    ///
    /// # Errors
    /// No such runbook or target.
    pub fn preflight(&self, runbook: &Id, target: &Id) -> Result<Looked, Problem> {
        let (loaded, target) = self.found(runbook, target)?;
        let slot = self.0.preflights.slots().get(&key(&loaded, target)).cloned().unwrap_or_default();
        let outdated = slot.report.as_ref().is_some_and(|report| report.sha256 != loaded.sha256);
        Ok(Looked { report: slot.report, outdated, since: slot.making.map(|(since, _)| since) })
    }

    /// Makes one, or waits for the one that is being made, but not for ever: then `since` says that it goes on.
    ///
    /// # Errors
    /// No such runbook or target, or a person who may not.
    pub async fn compile(&self, runbook: &Id, target: &Id, actor: &Actor) -> Result<Looked, Problem> {
        let (loaded, found) = self.found(runbook, target)?;
        may_compile(actor, target, found.environment_name())?;
        self.made(&loaded, found).await;
        self.preflight(runbook, target)
    }

    /// What a start takes of it: made anew where there is none of this version and this database, or it is old.
    pub(super) async fn preflight_for_start(
        &self,
        loaded: &Loaded,
        target: &Target,
        facts: &TargetFacts,
        despite: &str,
    ) -> Result<Preflight, Problem> {
        let kept = self.0.preflights.slots().get(&key(loaded, target)).and_then(|slot| slot.report.clone());
        let good = |report: &Arc<Report>| {
            holds(report, &loaded.sha256, facts) && (now_ms() - report.at).abs() < FRESH
        };
        let report = match kept.filter(good) {
            // One that failed is looked at again: most likely what it named has been mended meanwhile.
            Some(report) if report.verdict() == Verdict::Pass => Some(report),
            _ => self.made(loaded, target).await,
        };
        Ok(match report {
            Some(report) => {
                let worst = report.remarks.first().filter(|remark| remark.weight == Weight::Fail);
                let worst = worst.map(|remark| {
                    format!("{}, line {}: {}", remark.place.part, remark.place.line, remark.reason)
                });
                let despite = Some(despite.trim().to_owned()).filter(|why| !why.is_empty());
                Preflight { verdict: report.verdict(), sentence: report.sentence(), worst, despite }
            }
            None => {
                let sentence = format!("it was not done within {} s", PATIENCE.as_secs());
                Preflight { verdict: Verdict::Inconclusive, sentence, worst: None, despite: None }
            }
        })
    }

    fn found(&self, runbook: &Id, target: &Id) -> Result<(Loaded, &Target), Problem> {
        let loaded = self.runbooks().find(runbook).map_err(|error| Problem::Internal(error.to_string()))?;
        let loaded = loaded.ok_or_else(|| Problem::NotFound(format!("There is no runbook `{runbook}`.")))?;
        let target = self
            .targets()
            .get(target)
            .ok_or_else(|| Problem::NotFound(format!("There is no target `{target}`.")))?;
        Ok((loaded, target))
    }

    /// None: it is not done yet, and goes on.
    async fn made(&self, loaded: &Loaded, target: &Target) -> Option<Arc<Report>> {
        let key = key(loaded, target);
        let mut end = {
            let mut slots = self.0.preflights.slots();
            let slot = slots.entry(key.clone()).or_default();
            match &slot.making {
                Some((_, end)) => end.clone(),
                None => {
                    let (done, end) = watch::channel(());
                    slot.making = Some((now_ms(), end.clone()));
                    tokio::spawn(make(self.clone(), loaded.clone(), target.clone(), done));
                    end
                }
            }
        };
        let ended = tokio::time::timeout(PATIENCE, async { while end.changed().await.is_ok() {} }).await;
        ended.ok()?;
        self.0.preflights.slots().get(&key)?.report.clone()
    }
}

fn key(loaded: &Loaded, target: &Target) -> (Id, Id) {
    (loaded.runbook.slug.clone(), target.name().clone())
}

/// To its end, whoever waits for it. `done` is dropped at the end, even where it panics.
async fn make(console: Console, loaded: Loaded, target: Target, done: watch::Sender<()>) {
    let _done = done;
    let key = key(&loaded, &target);
    let _making = Making { console: &console, key: &key };
    let subject = Subject {
        runbook: &loaded.runbook,
        sha256: &loaded.sha256,
        file: &loaded.file,
        text: &loaded.text,
        folder: console.runbooks().dir(),
        target: &target,
    };
    let report = Arc::new(compile(subject).await);
    console.0.preflights.slots().entry(key.clone()).or_default().report = Some(report);
}

/// Takes the sign away that one is being made.
struct Making<'a> {
    console: &'a Console,
    key: &'a (Id, Id),
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.console.0.preflights.slots().get_mut(self.key) {
            slot.making = None;
        }
    }
}
