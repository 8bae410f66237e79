//! What of a run somebody looks at: as the address says, else where the run stands.

use super::RunState;
use super::state::Attempt;
use crate::runbook::{Id, Phase, Step};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phase: Option<Id>,
    /// Lines of the output before this offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// Lines of the output that hold this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub find: Option<String>,
}

impl Choice {
    /// Reads the fields of an address's query; what does not parse counts as not said.
    pub fn read<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Self {
        let get = |name| query(name).map(str::trim).filter(|text| !text.is_empty());
        Self {
            step: get("step").and_then(|text| Id::parse(text).ok()),
            attempt: get("attempt").and_then(|text| text.parse().ok()),
            phase: get("phase").and_then(|text| Id::parse(text).ok()),
            before: get("before").and_then(|text| text.parse().ok()),
            find: get("find").map(str::to_owned),
        }
    }

    /// The chosen step, else the one that the run stands at.
    pub fn step<'a>(&self, state: &'a RunState) -> Option<&'a Step> {
        let chosen = self.step.as_ref().and_then(|id| state.runbook.step(id)).map(|(_, step)| step);
        chosen.or_else(|| state.present_step())
    }

    /// The chosen attempt of that step, else its last one.
    pub fn attempt<'a>(&self, state: &'a RunState) -> Option<&'a Attempt> {
        let step = self.step(state)?;
        let of_number = |number| state.attempts.iter().find(|a| a.step == step.id && a.number == number);
        self.attempt.and_then(of_number).or_else(|| state.last_attempt(&step.id))
    }

    /// The chosen phase, else the chosen step's where that is walked, else the present one, else the last.
    pub fn phase<'a>(&self, state: &'a RunState) -> Option<&'a Phase> {
        let chosen = self.phase.as_ref().and_then(|id| state.runbook.phase(id));
        let present = || state.current_phase().or_else(|| state.runbook.forward().last());
        chosen.or_else(present)
    }

    /// Another step than the one where the run stands was chosen.
    pub fn is_elsewhere(&self, state: &RunState) -> bool {
        let present = state.present_step().map(|step| &step.id);
        self.step.is_some() && self.step(state).map(|step| &step.id) != present
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::reading::Verdict;
    use crate::run::tests::{id, state, walked};

    fn choice(query: &[(&str, &'static str)]) -> Choice {
        Choice::read(|name| query.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
    }

    #[test]
    fn without_a_choice_one_looks_where_the_run_stands() {
        let run = state(walked("dump", Verdict::Fail));
        let nothing = choice(&[]);
        assert_eq!(nothing.step(&run).map(|step| &step.id), Some(&id("dump")));
        assert_eq!(nothing.attempt(&run).map(|attempt| attempt.number), Some(1));
        assert_eq!(nothing.phase(&run).map(|phase| &phase.id), Some(&id("preflight")));
        assert!(!nothing.is_elsewhere(&run));
    }

    #[test]
    fn what_does_not_parse_or_is_not_there_counts_as_not_said() {
        let run = state(walked("dump", Verdict::Fail));
        let odd = choice(&[
            ("step", "No Step"),
            ("attempt", "x"),
            ("phase", "nowhere"),
            ("before", "-1"),
            ("find", " "),
        ]);
        assert_eq!(odd.step(&run).map(|step| &step.id), Some(&id("dump")));
        assert_eq!((odd.before, odd.find.clone()), (None, None));
        assert_eq!(choice(&[("attempt", "7")]).attempt(&run).map(|attempt| attempt.number), Some(1));
    }

    #[test]
    fn a_chosen_step_is_elsewhere_unless_the_run_stands_there() {
        let run = state(walked("dump", Verdict::Fail));
        assert!(choice(&[("step", "up")]).is_elsewhere(&run));
        assert!(!choice(&[("step", "dump")]).is_elsewhere(&run));
        assert_eq!(choice(&[("step", "up")]).attempt(&run), None);
    }
}
