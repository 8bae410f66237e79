//! Stopping a session that stands in a step's way: first its statement, then the session, each with a reason. Whose it is, is looked at
//! when it is done.

use super::{Decision, operator, said};
use crate::run::event::Known;
use crate::run::refusal::{Code, Refusal};
use crate::run::state::Stage;
use crate::run::{Actor, RunState};
use crate::text::clock;
use crate::watch::{Backend, Force};

pub fn stop(state: &RunState, actor: &Actor, backend: Backend, how: Force, reason: &str) -> Decision {
    operator(actor)?;
    let refuse = |code, why: String, hint: &str| Err(Refusal::new(code, why, hint));
    let Some(attempt) = state.live_attempt().filter(|attempt| attempt.stage == Stage::Running) else {
        let why = "No step runs, so nobody stands in its way.".to_owned();
        return refuse(Code::NotNow, why, "Other sessions are not this run's matter.");
    };
    let asked = |force| state.stops.iter().rev().find(|stop| stop.backend == backend && stop.how == force);
    if let Some(first) = asked(how).filter(|stop| stop.came.is_none()) {
        let why = format!("{} asked for this at {}.", first.by.who, clock::time_utc(first.by.at));
        return refuse(Code::AlreadyDone, why, "What came of it is told in a moment.");
    }
    if how == Force::Terminate && asked(Force::Cancel).is_none_or(|stop| stop.came.is_none()) {
        let why =
            "It has not been cancelled yet: that ends its statement and leaves the session alive.".to_owned();
        return refuse(Code::NotNow, why, "Cancel it first, and terminate it where that does not help.");
    }
    let reason = said("why it is stopped", reason)?;
    let (step, attempt) = (attempt.step.clone(), attempt.number);
    Ok(vec![Known::BlockerStopAsked { step, attempt, backend, how, reason }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Permission;
    use crate::run::tests::{actor, id, state};

    const BACKEND: Backend = Backend { pid: 7, started: 5 };

    fn running(more: &[Known]) -> RunState {
        let (step, attempt) = (id("dump"), 1);
        let started = [
            Known::AttemptQueued { step: step.clone(), attempt, reason: String::new() },
            Known::AttemptStarting { step: step.clone(), attempt },
            Known::AttemptRunning { step, attempt },
        ];
        state(started.into_iter().chain(more.iter().cloned()))
    }

    fn why(run: &RunState, how: Force, reason: &str) -> Result<(), String> {
        let olive = actor("olive", &[Permission::Operator]);
        stop(run, &olive, BACKEND, how, reason).map(|_| ()).map_err(|refusal| refusal.why)
    }

    fn asked(how: Force) -> Known {
        let (step, reason) = (id("dump"), "it sleeps".to_owned());
        Known::BlockerStopAsked { step, attempt: 1, backend: BACKEND, how, reason }
    }

    fn stopped(how: Force) -> Known {
        Known::BlockerStopped { backend: BACKEND, how, came: "it has not reacted yet".to_owned() }
    }

    #[test]
    fn a_session_is_cancelled_before_it_is_terminated_and_always_with_a_reason() {
        let run = running(&[]);
        assert!(why(&run, Force::Terminate, "it sleeps").unwrap_err().contains("not been cancelled yet"));
        assert!(why(&run, Force::Cancel, " ").unwrap_err().contains("why it is stopped"));
        assert_eq!(why(&run, Force::Cancel, "it sleeps"), Ok(()));
        let run = running(&[asked(Force::Cancel)]);
        assert!(why(&run, Force::Cancel, "again").unwrap_err().starts_with("ann asked for this"));
        assert!(why(&run, Force::Terminate, "now").is_err(), "nobody knows yet what came of the cancel");
        let run = running(&[asked(Force::Cancel), stopped(Force::Cancel)]);
        assert_eq!(why(&run, Force::Terminate, "it still sleeps"), Ok(()));
    }

    #[test]
    fn only_operators_stop_sessions_and_only_while_a_step_runs() {
        let nobody = actor("eve", &[Permission::Viewer, Permission::Approver]);
        let refused = stop(&running(&[]), &nobody, BACKEND, Force::Cancel, "why not").unwrap_err();
        assert_eq!(refused.code, Code::NotAllowed);
        assert!(why(&state([]), Force::Cancel, "it sleeps").unwrap_err().starts_with("No step runs"));
    }
}
