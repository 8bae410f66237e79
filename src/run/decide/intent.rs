//! What was signed is what runs: an intent that was looked at anew is held against the one that was signed.

use crate::run::event::Known;
use crate::run::intent::Part;
use crate::run::intent::{Difference, Intent};
use crate::run::refusal::{Code, Refusal};
use crate::run::state::SignOff;
use crate::run::{Ms, RunState, Seq};
use crate::runbook::{Id, PhaseKind};

/// So many differences are named in a refusal; the page shows all.
const NAMED: usize = 5;

/// Takes an intent that was looked at anew. Where it differs from the one that stands, signatures under it fall. Behind a gate that was
/// passed only what is fixed counts: what the run itself has moved since is no breach.
pub fn resolved(state: &RunState, phase: Id, intent: Intent, now: Ms) -> Vec<Known> {
    if state.rollback.is_some() || state.runbook.phase(&phase).is_none() {
        return Vec::new();
    }
    let sha256 = intent.sha256();
    let known = state.intents.get(&phase);
    let passed = state.passed(&phase);
    let mut differences = known.map(|known| known.intent.differences(&intent)).unwrap_or_default();
    differences.retain(|difference| !passed || difference.part.fixed());
    let new = known.is_none_or(|known| known.sha256 != sha256) && (!passed || !differences.is_empty());
    let standing: Vec<_> = state.standing(&phase).collect();
    // Signatures of an older console name no intent.
    let unbound = standing.iter().any(|signature| signature.intent.is_none());
    let over =
        |signature: &&&SignOff| !passed && state.good_until(signature).is_some_and(|until| until < now);
    let expired = standing.iter().find(over);
    let reason = if let Some(expired) = expired.filter(|_| differences.is_empty()) {
        format!("the signature of {} has expired", expired.by.who)
    } else if unbound {
        "they were given before the console resolved what they stand for".to_owned()
    } else {
        sentence(&differences)
    };
    let voided = !standing.is_empty() && (unbound || expired.is_some() || !differences.is_empty());
    let event = new.then_some(Known::IntentResolved { phase: phase.clone(), intent });
    let voided = voided.then_some(Known::SignOffsVoided { phase, reason, differences });
    event.into_iter().chain(voided).collect()
}

/// The differences in one sentence.
fn sentence(differences: &[Difference]) -> String {
    let named: Vec<String> = differences.iter().take(NAMED).map(Difference::sentence).collect();
    let more = differences.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{more}", named.join("; "))
}

/// The refusal of a command whose sender has not seen that signatures fell.
pub fn moved_since(state: &RunState, seen: Seq) -> Option<Refusal> {
    let newest = state.moved.iter().filter(|(_, moved)| moved.seq > seen && moved.looked);
    let (phase, moved) = newest.max_by_key(|(_, moved)| moved.seq)?;
    let title = &state.runbook.phase(phase)?.title;
    let why =
        format!("What was signed with \"{title}\" has moved: {}. The signatures are void.", moved.reason);
    Some(Refusal::new(Code::NotNow, why, "Look at what moved on the page, and have it signed again."))
}

impl RunState {
    /// When a signature expires unless what it opens has begun; none where its gate names no time.
    pub fn good_until(&self, signature: &SignOff) -> Option<Ms> {
        let valid_for = self.runbook.phase(&signature.phase)?.gate.as_ref()?.valid_for?;
        Some(signature.by.at + i64::try_from(valid_for.ms()).unwrap_or(i64::MAX))
    }

    /// The signatures under a phase that count.
    fn standing(&self, phase: &Id) -> impl Iterator<Item = &SignOff> {
        self.sign_offs.iter().filter(move |s| s.phase == *phase && s.given && s.void.is_none())
    }

    /// Something behind this gate has run since it was signed.
    fn passed(&self, phase: &Id) -> bool {
        let Some(phase) = self.runbook.phase(phase) else { return false };
        let Some(signed) = self.standing(&phase.id).map(|s| s.by.at).max() else { return false };
        let behind = self.runbook.forward().skip_while(|other| other.id != phase.id).skip(1);
        let mut steps = behind.flat_map(|phase| &phase.steps);
        steps.any(|step| {
            let mut attempts = self.attempts.iter().filter(|attempt| attempt.step == step.id);
            attempts.any(|attempt| attempt.running_at.is_some() && attempt.queued.at >= signed)
        })
    }

    /// The gates with signatures that stand before a step of the way forward.
    pub fn signed_before(&self, step: &Id) -> Vec<Id> {
        let Some((own, _)) = self.runbook.step(step) else { return Vec::new() };
        if self.rollback.is_some() || matches!(own.kind, PhaseKind::Rollback | PhaseKind::Remedy) {
            return Vec::new();
        }
        let before = self.runbook.forward().take_while(|phase| phase.id != own.id);
        before
            .filter(|phase| self.standing(&phase.id).next().is_some())
            .map(|phase| phase.id.clone())
            .collect()
    }

    /// The phase whose intent has to be looked at: it wants signatures, and what they stand for is not known or not as it is now.
    pub fn wants_intent(&self) -> Option<Id> {
        if self.ended.is_some() || self.rollback.is_some() || self.live_attempt().is_some() {
            return None;
        }
        let phase = self.current_phase()?;
        let asks = phase.gate.as_ref().is_some_and(|gate| !gate.sign_offs.is_empty());
        let known = || {
            let resolved = self.intents.get(&phase.id)?;
            let now = Intent::new(self.evidence(phase));
            let then = Intent::new(resolved.intent.of(Part::Evidence).cloned());
            now.differences(&then).is_empty().then_some(())
        };
        (asks && self.phase_complete(phase) && known().is_none()).then(|| phase.id.clone())
    }
}
