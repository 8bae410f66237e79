//! The one decision that a run asks of one person, if any: for the page on which they sign, and for lists.

use super::state::SignOff;
use super::{Actor, Command, RunState};
use crate::runbook::{Id, Phase};

#[derive(Clone, Debug, PartialEq)]
pub enum ToSign<'a> {
    /// Their word is wanted under this phase, in this role.
    Wanted { phase: &'a Phase, role: &'a Id },
    /// They have signed or refused, and may take it back.
    Given { phase: &'a Phase, own: &'a SignOff },
    /// Signatures are wanted, but not theirs: why.
    NotYours { phase: &'a Phase, why: String },
    /// Nobody's signature is wanted now: why.
    Nothing(String),
}

impl RunState {
    pub fn to_sign(&self, actor: &Actor) -> ToSign<'_> {
        if let Some(ended) = &self.ended {
            return ToSign::Nothing(format!(
                "The run has ended: {} by {}.",
                ended.ending.word(),
                ended.by.who
            ));
        }
        if let Some(back) = &self.rollback {
            return ToSign::Nothing(format!(
                "{} chose a way back, which waits for no signature.",
                back.by.who
            ));
        }
        let Some(phase) = self.current_phase() else {
            let nothing = ToSign::Nothing("Everything is signed.".to_owned());
            return self.signed_last(actor).unwrap_or(nothing);
        };
        let rules: Vec<_> = phase.gate.iter().flat_map(|gate| &gate.sign_offs).collect();
        let own = self.sign_offs.iter().rev();
        let own = own.into_iter().find(|s| s.phase == phase.id && s.is_of(&actor.name) && s.void.is_none());
        if let Some(own) = own {
            return ToSign::Given { phase, own };
        }
        if rules.is_empty() || !self.phase_complete(phase) {
            let want = self.want().sentence();
            let now = if want.is_empty() { "A step is under way.".to_owned() } else { want };
            let nothing = ToSign::Nothing(format!("Nothing waits for a signature yet. {now}"));
            return self.signed_last(actor).unwrap_or(nothing);
        }
        let missing = self.wanted(phase).into_iter();
        let missing: Vec<&Id> = missing
            .filter(|wanted| wanted.given.len() < usize::from(wanted.rule.people))
            .map(|wanted| &wanted.rule.role)
            .collect();
        let mut why = "What is missing is somebody's who has refused.".to_owned();
        for role in missing {
            let sign = Command::SignOff { phase: phase.id.clone(), role: role.clone(), note: String::new() };
            match self.not_for(sign, actor) {
                None => return ToSign::Wanted { phase, role },
                Some(refusal) => why = format!("{} {}", refusal.why, refusal.hint),
            }
        }
        ToSign::NotYours { phase, why }
    }

    /// Their signature that stands, of those they gave the last, where the run asks for no other.
    fn signed_last(&self, actor: &Actor) -> Option<ToSign<'_>> {
        let own =
            self.sign_offs.iter().rev().find(|s| s.given && s.void.is_none() && s.is_of(&actor.name))?;
        Some(ToSign::Given { phase: self.runbook.phase(&own.phase)?, own })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Permission;
    use crate::run::event::{Answer, Ending, Known};
    use crate::run::reading::Verdict;
    use crate::run::tests::{actor, id, state, walked};

    fn complete() -> Vec<Known> {
        let answered = Known::ItemAnswered { item: id("window"), answer: Answer::Done, note: String::new() };
        [walked("dump", Verdict::Pass), vec![answered]].concat()
    }

    fn asked(known: Vec<Known>, who: &str, permission: Permission) -> String {
        match state(known).to_sign(&actor(who, &[permission])) {
            ToSign::Wanted { phase, role } => format!("sign {} as {role}", phase.id),
            ToSign::Given { own, .. } => format!("given by {}", own.by.who),
            ToSign::NotYours { why, .. } | ToSign::Nothing(why) => why,
        }
    }

    #[test]
    fn who_may_sign_is_asked_once_the_phase_is_complete() {
        assert!(asked(Vec::new(), "ben", Permission::Approver).contains("\"Dump\" started"));
        assert_eq!(asked(complete(), "ben", Permission::Approver), "sign preflight as dba");
    }

    #[test]
    fn who_may_not_is_told_why() {
        assert!(asked(complete(), "ann", Permission::Approver).contains("nobody approves their own"));
        assert!(asked(complete(), "eve", Permission::Viewer).contains("approver with the role dba"));
    }

    #[test]
    fn what_is_over_asks_nobody() {
        let ended = Known::RunEnded { ending: Ending::Abandoned, note: String::new() };
        assert!(asked(vec![ended], "ben", Permission::Approver).contains("has ended: abandoned"));
        let back = Known::RollbackChosen { path: id("downgrade"), reason: "slow".into(), rows: None };
        assert!(asked(vec![back], "ben", Permission::Approver).contains("way back"));
    }
}
