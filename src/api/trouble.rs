//! Why a page's data did not come.

use crate::run::Refusal;
use crate::run::refusal::Code;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Trouble {
    #[error("not logged in")]
    NotLoggedIn,
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Refused(Refusal),
    /// The console's own fault; the sentence says what it could not do.
    #[error("{0}")]
    Failed(String),
}

impl Trouble {
    /// Title, reason, and what to do.
    pub fn told(&self) -> (&'static str, String, String) {
        match self {
            Self::NotLoggedIn => (
                "You are not logged in",
                "Your session has ended.".to_owned(),
                "Log in and come back.".to_owned(),
            ),
            Self::NotFound(why) => {
                ("Nothing stands at this address", why.clone(), "It may be on another console.".to_owned())
            }
            Self::Refused(refusal) => ("Refused", refusal.why.clone(), refusal.hint.clone()),
            Self::Failed(why) => {
                ("The console could not do that", why.clone(), "Its own log says more; try again.".to_owned())
            }
        }
    }
}

impl FromServerFnError for Trouble {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        let why = error.to_string();
        match error {
            E::Args(_) | E::MissingArg(_) | E::Deserialization(_) => {
                Self::Refused(Refusal::new(Code::Invalid, why, "Reload the page."))
            }
            _ => Self::Failed(why),
        }
    }
}
