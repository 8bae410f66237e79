//! What a run wants from a person now: one answer for the head of the page, for its order and for lists.

use super::RunState;
use super::view::{ItemStatus, StepStatus};
use crate::runbook::{Phase, Step};

/// The one thing that comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Want<'a> {
    /// Nothing: a step is under way, or a probe is.
    Patience,
    /// Lines of the checklist of this phase.
    Lines(&'a Phase),
    /// The window, before this step may change the target.
    Window(&'a Step),
    /// Somebody starts this step.
    Start(&'a Step),
    /// A second person starts this step, which cannot be undone.
    Confirm(&'a Step),
    /// The step did not pass: retry, skip, mark as done or roll back.
    Choose(&'a Step),
    /// The step's verdict is inconclusive: accept or reject it.
    Settle(&'a Step),
    /// Signatures under this phase.
    Sign(&'a Phase),
    /// All is done; somebody ends the run.
    End,
    /// The run is over.
    Nothing,
}

impl RunState {
    /// What the run wants now. A step that did not pass comes before everything else: a run stands on it.
    pub fn want(&self) -> Want<'_> {
        if self.ended.is_some() {
            return Want::Nothing;
        }
        if self.live_attempt().is_some() {
            return Want::Patience;
        }
        let next = self.next_step();
        if let Some(step) = self.open_remedy().or(next) {
            match self.step_status(&step.id) {
                StepStatus::Inconclusive => return Want::Settle(step),
                StepStatus::Failed | StepStatus::Cancelled | StepStatus::TimedOut | StepStatus::Unknown => {
                    return Want::Choose(step);
                }
                _ => {}
            }
        }
        if self.rollback.is_some() {
            return next.map_or(Want::End, Want::Start);
        }
        if let Some(step) = next.filter(|step| self.waits_for(&step.id).is_none()) {
            let asked = self.asked_start.as_ref().is_some_and(|asked| asked.step == step.id);
            return match step {
                step if self.waits_for_window(step) => Want::Window(step),
                step if asked => Want::Confirm(step),
                step => Want::Start(step),
            };
        }
        match self.current_phase() {
            Some(phase) => self.wanted_in(phase),
            None => Want::End,
        }
    }

    fn wanted_in<'a>(&self, phase: &'a Phase) -> Want<'a> {
        let open = |status: ItemStatus| !status.done() && status != ItemStatus::Asked;
        let lines = phase.items.iter().map(|item| self.item_status(item));
        let (open, asked) = lines.fold((false, false), |(any_open, any_asked), status| {
            (any_open || open(status), any_asked || status == ItemStatus::Asked)
        });
        match (open, asked) {
            (true, _) => Want::Lines(phase),
            (false, true) => Want::Patience,
            (false, false) => Want::Sign(phase),
        }
    }
}

impl Want<'_> {
    /// In one sentence; empty where nothing is wanted of anybody.
    pub fn sentence(&self) -> String {
        match self {
            Self::Patience | Self::Nothing => String::new(),
            Self::Lines(phase) => format!("Wants the open lines of \"{}\" answered.", phase.title),
            Self::Window(step) => format!("\"{}\" waits for the window.", step.title),
            Self::Start(step) => format!("Wants \"{}\" started.", step.title),
            Self::Confirm(step) => {
                format!("\"{}\" cannot be undone: a second person confirms its start.", step.title)
            }
            Self::Choose(step) => {
                format!("\"{}\" did not pass: retry, skip, mark as done, or roll back.", step.title)
            }
            Self::Settle(step) => {
                format!("\"{}\" is inconclusive: somebody accepts or rejects it.", step.title)
            }
            Self::Sign(phase) => format!("Wants \"{}\" signed.", phase.title),
            Self::End => "Everything is done: somebody ends the run.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::{Answer, Known};
    use crate::run::reading::Verdict;
    use crate::run::tests::{id, state, walked};

    fn sentence(known: impl IntoIterator<Item = Known>) -> String {
        state(known).want().sentence()
    }

    fn preflight() -> Vec<Known> {
        let answered = Known::ItemAnswered { item: id("window"), answer: Answer::Done, note: String::new() };
        [walked("dump", Verdict::Pass), vec![answered]].concat()
    }

    #[test]
    fn a_run_wants_one_thing_after_the_other() {
        assert_eq!(sentence([]), "Wants \"Dump\" started.");
        assert_eq!(
            sentence(walked("dump", Verdict::Pass)),
            "Wants the open lines of \"Preflight\" answered."
        );
        assert_eq!(sentence(preflight()), "Wants \"Preflight\" signed.");
        let signed = Known::SignedOff {
            phase: id("preflight"),
            role: id("dba"),
            note: String::new(),
            intent: None,
            in_place_of: None,
        };
        let signed = [preflight(), vec![signed]].concat();
        assert_eq!(sentence(signed.clone()), "Wants \"Upgrade\" started.");
        let done = [signed, walked("up", Verdict::Pass)].concat();
        assert_eq!(sentence(done), "Everything is done: somebody ends the run.");
    }

    #[test]
    fn while_a_step_is_under_way_nothing_is_wanted() {
        let mut under_way = walked("dump", Verdict::Pass);
        under_way.pop();
        assert_eq!(state(under_way).want(), Want::Patience);
    }

    #[test]
    fn a_step_that_did_not_pass_comes_before_everything_else() {
        let failed = state(walked("dump", Verdict::Fail));
        assert!(matches!(failed.want(), Want::Choose(step) if step.id == id("dump")));
        let open = state(walked("dump", Verdict::Inconclusive));
        assert!(matches!(open.want(), Want::Settle(step) if step.id == id("dump")));
    }

    #[test]
    fn on_a_way_back_its_steps_are_wanted_and_then_the_end() {
        let chosen = Known::RollbackChosen { path: id("downgrade"), reason: "slow".into(), rows: None };
        assert_eq!(sentence([chosen.clone()]), "Wants \"Downgrade\" started.");
        let walked = [vec![chosen], walked("down", Verdict::Pass)].concat();
        assert_eq!(state(walked).want(), Want::End);
    }
}
