//! The code of a second factor that comes with a command: checked before the command is decided, and never kept.

use super::Web;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, Proof};
use crate::server::auth::{FactorError, Identity, PersonName, Via};
use crate::server::clock::now_ms;
use crate::server::console::Problem;

impl Web {
    /// The person, with a second factor that was shown just now where a code came. A token has none to show, whatever comes with it.
    ///
    /// # Errors
    /// The code does not count.
    pub async fn proven(&self, identity: &Identity, code: &str) -> Result<Actor, Problem> {
        let Via::Session(session) = &identity.via else { return Ok(identity.actor.clone()) };
        if code.trim().is_empty() {
            return Ok(identity.actor.clone());
        }
        let (name, now) = (PersonName::parse(&identity.actor.name), now_ms());
        let name = name.map_err(|error| Problem::Internal(error.to_string()))?;
        match self.auth.factors.show(&name, session, code, now).await {
            Ok(()) => {
                let proof = Proof::Session { has_factor: true, shown: Some(now) };
                Ok(Actor { proof, ..identity.actor.clone() })
            }
            Err(error) => {
                tracing::warn!(person = identity.actor.name, %error, "a code was refused");
                Err(refused(error))
            }
        }
    }
}

/// Why a code did not count, for whoever showed it.
pub fn refused(error: FactorError) -> Problem {
    let (code, hint) = match &error {
        FactorError::Wrong => {
            (Code::StepUp, "Nothing was done. Type the code that your authenticator shows now.")
        }
        FactorError::TooMany { .. } => (Code::TooMany, "Nothing was done. Cancel takes no code."),
        FactorError::None => (Code::StepUp, "Nothing was done. Set one up at /second-factor."),
        FactorError::Exists => (Code::AlreadyDone, "Remove it first, with a code of it."),
        FactorError::Failed(error) => return Problem::Internal(error.to_string()),
    };
    Refusal::new(code, error.to_string(), hint).into()
}
