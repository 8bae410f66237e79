//! The change and its ways back on a copy of the target, each step by the very program that will carry it out for real. It ends at the
//! first step that fails; the copy is removed whatever happens.

mod copy;
mod locks;
mod part;
mod plan;
mod program;

pub use plan::{Leg, Part, Plan, Runs};
pub use program::Program;

use super::stop::Stopping;
use super::{Failed, say};
use crate::run::budget::MARGIN;
use crate::run::reading::Figure;
use crate::run::result::{Body, Rehearsal, StepResult};
use crate::runbook::Leaves;
use crate::text::duration;
use crate::verdict::{Finding, Verdict};
use copy::Copy;
use std::collections::BTreeMap;
use std::path::Path;

/// `folder` is where the parts leave their results.
pub(super) async fn carry_out(plan: &Plan, folder: &Path, stopping: &Stopping) -> Result<StepResult, Failed> {
    stopping.tidies();
    let mut copy = Copy::make(&plan.copy, folder, stopping).await?;
    let mut walk = Walk {
        plan,
        copy: &copy,
        folder,
        stopping,
        done: Rehearsal::default(),
        findings: Vec::new(),
        asked: Vec::new(),
    };
    let walked = walk.walk().await;
    let Walk { done, mut findings, .. } = walk;
    if let Err(error) = copy.remove().await {
        let (subject, verdict, reason) = ("the copy".to_owned(), Verdict::Inconclusive, error.to_string());
        say(&format!("WARNING:  {reason}"));
        findings.push(Finding { subject, verdict, reason });
    }
    walked?;
    super::query::tell(&findings);
    Ok(StepResult { findings, body: Body::Rehearsal(done) })
}

struct Walk<'a> {
    plan: &'a Plan,
    copy: &'a Copy,
    folder: &'a Path,
    stopping: &'a Stopping,
    done: Rehearsal,
    findings: Vec<Finding>,
    /// Titles of the steps that leave a question to a person.
    asked: Vec<String>,
}

impl Walk<'_> {
    /// Up to the first thing that fails, which is a finding.
    async fn walk(&mut self) -> Result<(), Failed> {
        if !self.measure("before").await? {
            return Ok(());
        }
        for (at, leg) in self.plan.legs.iter().enumerate() {
            if !self.leg(leg).await? {
                return Ok(());
            }
            let applied = leg.leaves() == Leaves::Applied;
            if at == 0 {
                self.done.built = self.copy.says(self.plan.database.as_ref()).await?;
            }
            // The change is made again for each further way back; what it costs is known by then.
            let moment = if applied { "applied" } else { "reverted" };
            if (at == 0 || !applied) && !self.measure(moment).await? {
                return Ok(());
            }
        }
        self.sum_up();
        Ok(())
    }

    /// False: a step failed, which is a finding.
    async fn leg(&mut self, leg: &Leg) -> Result<bool, Failed> {
        let all: usize = self.plan.legs.iter().map(|leg| leg.parts.len()).sum();
        for part in &leg.parts {
            let place = self.done.steps.len() + 1;
            let title = &part.step.title;
            say("");
            say(&format!("=== {place} of {all}: {title} ({})", part.step.id));
            let went = self.part(place, leg, part).await?;
            say(&format!("=== {} in {}: {}", went.verdict.word(), duration::words(went.ms), went.reason));
            let (verdict, reason) = (went.verdict, went.reason.clone());
            self.done.steps.push(went);
            match verdict {
                Verdict::Pass => {}
                Verdict::Inconclusive => self.asked.push(title.clone()),
                Verdict::Fail => {
                    let way = if leg.path.is_some() { "on the way back" } else { "on the way forward" };
                    let subject = format!("\"{title}\" {way}");
                    self.findings.push(Finding { subject, verdict, reason });
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// False: it failed, which is a finding.
    async fn measure(&mut self, moment: &str) -> Result<bool, Failed> {
        let Some(measure) = &self.plan.measure else { return Ok(true) };
        self.stopping.check()?;
        say("");
        say(&format!("=== looking at the copy: {moment}"));
        let folder = program::folder(self.folder, &format!("measure-{}-{moment}", self.done.steps.len()))?;
        let env = BTreeMap::from([("KNEEBOARD_MOMENT".to_owned(), moment.to_owned())]);
        let outcome = part::run(measure, &env, &folder, self.copy, self.stopping).await?;
        let left = part::left(&folder)?;
        let (figures, findings) = left.map_or_else(Default::default, |left| (left.figures(), left.findings));
        let named = |figure: &Figure| figures.iter().any(|other| other.name == figure.name);
        self.done.figures.retain(|figure| !named(figure));
        self.done.figures.extend(figures);
        self.findings.extend(findings);
        let good = outcome.is_success();
        if !good {
            let subject = format!("the copy, {moment}");
            let reason = format!("{} ended with {}", measure.argv.join(" "), outcome.sentence());
            self.findings.push(Finding { subject, verdict: Verdict::Fail, reason });
        }
        Ok(good)
    }

    fn sum_up(&mut self) {
        // A leg's steps lie together, and all of them were carried out. The first way back is the one that is meant.
        let mut steps = self.done.steps.iter().map(|step| step.ms);
        let mut of = |at: usize| -> i64 {
            let parts = self.plan.legs.get(at).map_or(0, |leg| leg.parts.len());
            steps.by_ref().take(parts).sum()
        };
        let (forward, back) = (of(0), of(1));
        let (told, back_told) = (duration::words(forward), duration::words(back));
        let mut reason = format!("forward in {told}, back in {back_told}");
        if !self.asked.is_empty() {
            reason.push_str(&format!("; left to a person when it counts: {}", self.asked.join(", ")));
        }
        let pass =
            |subject: &str, reason| Finding { subject: subject.to_owned(), verdict: Verdict::Pass, reason };
        self.findings.push(pass("rehearsal", reason));
        let Some(minutes) = self.plan.window_minutes else { return };
        let need = ((forward + back) as f64 * MARGIN) as i64;
        let reason = format!(
            "forward and back with a margin of one half: {} of {minutes} minutes; waiting for older transactions comes on top, for the \
             copy has none",
            duration::words(need)
        );
        let mut window = pass("window", reason);
        if need > minutes.saturating_mul(60_000) {
            window.verdict = Verdict::Fail;
            window.reason = format!("{}: ask for a longer one", window.reason);
        }
        self.findings.push(window);
    }
}
