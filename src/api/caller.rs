//! Who asks, and of which console: both come from the request's context.

use super::Trouble;
use crate::run::Actor;
use crate::server::console::{Console, Problem};
use axum::http::StatusCode;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// The console and the person, who may at least look.
///
/// # Errors
/// Nobody is logged in, or the person has no permission at all.
pub fn caller() -> Result<(Console, Actor), Trouble> {
    let actor = use_context::<Actor>().ok_or_else(|| told(Trouble::NotLoggedIn))?;
    if !actor.may_see() {
        let refusal = crate::run::Refusal::new(
            crate::run::refusal::Code::NotAllowed,
            format!("{} may see nothing here.", actor.name),
            "Ask an admin for the permission viewer.",
        );
        return Err(told(Trouble::Refused(refusal)));
    }
    let console = use_context::<Console>()
        .ok_or_else(|| Trouble::Failed("No console stands behind this page.".into()))?;
    Ok((console, actor))
}

/// A problem of the console as a page's trouble, with the status that the answer then has.
pub fn problem(problem: Problem) -> Trouble {
    told(match problem {
        Problem::Refused(refusal) => Trouble::Refused(refusal),
        Problem::NotFound(why) => Trouble::NotFound(why),
        Problem::Internal(why) => {
            tracing::error!(why, "a page's data could not be read");
            Trouble::Failed(why)
        }
    })
}

/// Sets the status of the answer by what went wrong.
pub fn told(trouble: Trouble) -> Trouble {
    if let Some(answer) = use_context::<ResponseOptions>() {
        answer.set_status(match &trouble {
            Trouble::NotLoggedIn => StatusCode::UNAUTHORIZED,
            Trouble::NotFound(_) => StatusCode::NOT_FOUND,
            Trouble::Refused(_) => StatusCode::FORBIDDEN,
            Trouble::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        });
    }
    trouble
}
