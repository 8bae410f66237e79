//! The rehearsal: the change and its ways back, carried out on a copy of the target before they are carried out there.

use super::{Command, Id, Leaves, PhaseKind, Runbook, Step};
use serde::{Deserialize, Serialize};

/// Runs the steps of the migrate and verify phases, then those of the ways back, on a copy. The copy lives as long as the program
/// that makes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rehearse {
    /// Makes the copy; then writes into the file that `KNEEBOARD_COPY` names how to reach it, as a JSON object of libpq's variables
    /// (`{"PGDATABASE": "..."}`; with a `PGHOST` nothing of the target's connection is kept); then waits until its standard input
    /// ends, and removes the copy. What an earlier one has left behind, it removes first.
    pub copy: Command,
    /// Looks at the copy before the change, with the change in and after each way back: `KNEEBOARD_MOMENT` is `before`, `applied` or
    /// `reverted`. Its figures become the step's; where it fails, the rehearsal does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Command>,
    /// Ways back, each from the change made anew. The change and the first of them must fit into the window, with a margin of one half.
    pub paths: Vec<Id>,
    /// Steps that would reach beyond the database.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Id>,
}

/// A part of the rehearsal: the way forward, or one way back.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg<'a> {
    /// None: forward.
    pub path: Option<&'a Id>,
    pub steps: Vec<&'a Step>,
}

impl Leg<'_> {
    /// In what state it leaves the copy.
    pub fn leaves(&self) -> Leaves {
        if self.path.is_some() { Leaves::Reverted } else { Leaves::Applied }
    }
}

impl Rehearse {
    /// In their order. What only looks is left out where the change is made again for another way back.
    pub fn legs<'a>(&'a self, runbook: &'a Runbook) -> Vec<Leg<'a>> {
        let kept = |step: &&Step| !self.except.contains(&step.id);
        let of = |kinds: &[PhaseKind]| -> Vec<&'a Step> {
            let phases = runbook.phases.iter().filter(|phase| kinds.contains(&phase.kind));
            phases.flat_map(|phase| &phase.steps).filter(kept).collect()
        };
        let mut legs = Vec::new();
        for (at, path) in self.paths.iter().filter_map(|path| runbook.path(path)).enumerate() {
            let kinds = [PhaseKind::Migrate, PhaseKind::Verify];
            legs.push(Leg { path: None, steps: of(if at == 0 { &kinds } else { &kinds[..1] }) });
            let back = path.steps.iter().filter_map(|step| runbook.step(step)).map(|(_, step)| step);
            legs.push(Leg { path: Some(&path.id), steps: back.filter(kept).collect() });
        }
        legs
    }

    /// What does not fit the runbook: the key, the position in its list, and why.
    pub(super) fn problems(&self, runbook: &Runbook) -> Vec<(&'static str, Option<usize>, String)> {
        let mut found = Vec::new();
        if self.paths.is_empty() {
            found.push(("paths", None, "expected at least one way back to rehearse, came none".to_owned()));
        }
        for (at, path) in self.paths.iter().enumerate().filter(|(_, path)| runbook.path(path).is_none()) {
            found.push(("paths", Some(at), format!("expected a way back of this runbook, came `{path}`")));
        }
        for (at, step) in self.except.iter().enumerate() {
            let walked = Self { except: Vec::new(), ..self.clone() };
            if !walked.legs(runbook).iter().any(|leg| leg.steps.iter().any(|other| other.id == *step)) {
                let message = format!("expected a step that would be rehearsed, came `{step}`");
                found.push(("except", Some(at), message));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::rules::problems;

    fn runbook(rehearse: &str) -> Runbook {
        let text = RUNBOOK.replace("REHEARSE", rehearse);
        serde_json::from_str(&text).unwrap()
    }

    const RUNBOOK: &str = r#"{
      "slug": "small", "title": "Small", "summary": "",
      "phases": [
        {"id": "backup", "title": "Backup", "kind": "backup",
         "steps": [{"id": "rehearsal", "title": "Rehearsal", "timeout": "1m", "run": {"rehearse": {"copy": {"argv": ["true"]}, REHEARSE}}}]},
        {"id": "migrate", "title": "Migrate", "kind": "migrate", "steps": [
           {"id": "tell", "title": "Tell others", "timeout": "1m", "run": {"command": {"argv": ["true"]}}},
           {"id": "up", "title": "Upgrade", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}]},
        {"id": "verify", "title": "Verify", "kind": "verify",
         "steps": [{"id": "look", "title": "Look", "timeout": "1m", "run": {"query": {"sql": "SELECT 1"}}}]},
        {"id": "back", "title": "Back", "kind": "rollback", "steps": [
           {"id": "down", "title": "Downgrade", "timeout": "1m", "run": {"command": {"argv": ["true"]}}},
           {"id": "restore", "title": "Restore", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}]}],
      "rollback": [
        {"id": "downgrade", "title": "Downgrade", "summary": "", "loses": "nothing", "steps": ["down"]},
        {"id": "by-backup", "title": "Restore", "summary": "", "loses": "writes", "steps": ["restore"]}]
    }"#;

    #[test]
    fn each_way_back_starts_from_the_change_made_anew() {
        let runbook = runbook(r#""paths": ["downgrade", "by-backup"], "except": ["tell"]"#);
        assert_eq!(problems(&runbook), []);
        let (_, step) = runbook.step(&Id::parse("rehearsal").unwrap()).unwrap();
        let crate::runbook::Action::Rehearse(rehearse) = &step.run else { panic!("no rehearsal") };
        let legs = rehearse.legs(&runbook);
        let told = legs.iter().map(|leg| leg.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>());
        assert_eq!(told.collect::<Vec<_>>(), [vec!["up", "look"], vec!["down"], vec!["up"], vec!["restore"]]);
        assert_eq!(legs[3].leaves(), Leaves::Reverted);
        assert!(!runbook.connects(&step.id));
    }

    #[test]
    fn what_does_not_fit_the_runbook_is_told() {
        let told = |rehearse: &str| {
            let found = problems(&runbook(rehearse)).into_iter().map(|problem| problem.message);
            found.collect::<Vec<_>>()
        };
        assert_eq!(told(r#""paths": []"#), ["expected at least one way back to rehearse, came none"]);
        let expected = [
            "expected a way back of this runbook, came `forth`",
            "expected a step that would be rehearsed, came `restore`",
        ];
        assert_eq!(told(r#""paths": ["downgrade", "forth"], "except": ["restore"]"#), expected);
        let late = RUNBOOK
            .replace(r#""kind": "backup""#, r#""kind": "verify""#)
            .replace("REHEARSE", r#""paths": ["downgrade"]"#);
        let late: Runbook = serde_json::from_str(&late).unwrap();
        assert!(problems(&late)[0].message.ends_with("came one that would come too late"));
    }
}
