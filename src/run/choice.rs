//! What of a run somebody looks at: as the address says, else where the run stands.

use super::RunState;
use super::state::Attempt;
use super::wants::Want;
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
    #[serde(default)]
    pub look: Look,
}

/// Which lines of an attempt's output: the last ones, unless something is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Look {
    /// Those before this offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// Those that hold this text, whatever its case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub find: Option<String>,
    /// Where looking for the text goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

impl Look {
    /// The end of the output is looked at, as it grows.
    pub fn at_tail(&self) -> bool {
        self.before.is_none() && self.find.is_none()
    }
}

impl Choice {
    /// Reads the fields of an address's query; what does not parse counts as not said.
    pub fn read<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Self {
        let get = |name| query(name).map(str::trim).filter(|text| !text.is_empty());
        Self {
            step: get("step").and_then(|text| Id::parse(text).ok()),
            attempt: get("attempt").and_then(|text| text.parse().ok()),
            phase: get("phase").and_then(|text| Id::parse(text).ok()),
            look: Look {
                before: get("before").and_then(|text| text.parse().ok()),
                find: get("find").map(str::to_owned),
                from: get("from").and_then(|text| text.parse().ok()),
            },
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

    /// Whether checklist and signatures come before the step: they were chosen, or the run waits for them.
    pub fn gate_first(&self, state: &RunState) -> bool {
        let waits = || matches!(state.want(), Want::Lines(_) | Want::Sign(_));
        self.step.is_none() && (self.phase.is_some() || waits())
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
        assert_eq!(odd.look, Look::default());
        assert_eq!(choice(&[("attempt", "7")]).attempt(&run).map(|attempt| attempt.number), Some(1));
    }

    #[test]
    fn a_chosen_step_is_elsewhere_unless_the_run_stands_there() {
        let run = state(walked("dump", Verdict::Fail));
        assert!(choice(&[("step", "up")]).is_elsewhere(&run));
        assert!(!choice(&[("step", "dump")]).is_elsewhere(&run));
        assert_eq!(choice(&[("step", "up")]).attempt(&run), None);
    }

    #[test]
    fn the_checklist_comes_first_while_the_run_waits_for_it_or_a_phase_is_chosen() {
        let (begun, dumped) = (state([]), state(walked("dump", Verdict::Pass)));
        assert!(!choice(&[]).gate_first(&begun));
        assert!(choice(&[]).gate_first(&dumped));
        assert!(!choice(&[("step", "dump")]).gate_first(&dumped));
        assert!(choice(&[("phase", "preflight")]).gate_first(&begun));
    }
}
