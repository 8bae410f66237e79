//! Why a sign-in by the provider failed, in a sentence for people; the cause is for the log.

use tokio::time::error::Elapsed;

#[derive(Clone, Debug, thiserror::Error)]
pub enum OidcError {
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    #[error("the provider and this console do not fit: {0}")]
    Misfit(String),
    #[error("nobody began this sign-in in this browser")]
    NotBegun,
    #[error("the answer's state is another sign-in's")]
    Foreign,
    #[error("the provider answered `{0}`")]
    Refused(String),
    #[error("the code was used, or came too late")]
    Used,
    #[error("the token has expired: {0}")]
    Expired(String),
    #[error("the answer does not hold: {0}")]
    Untrusted(String),
}

impl OidcError {
    pub(super) fn slow(_: Elapsed) -> Self {
        Self::Unreachable("it took too long".to_owned())
    }

    /// What happened and what to do, with the provider's name.
    pub fn told(&self, provider: &str) -> (String, &'static str) {
        match self {
            Self::Unreachable(_) => (
                format!("{provider} cannot be reached at the moment."),
                "Try again, or log in with a password if you have one.",
            ),
            Self::Misfit(_) => (
                format!("{provider} and this console are not set up for each other."),
                "The server's log says what does not fit. Log in with a password if you have one.",
            ),
            Self::NotBegun => (
                format!("This sign-in by {provider} was not begun here, or more than ten minutes ago."),
                "Begin it again on this page.",
            ),
            Self::Foreign => (
                format!("What {provider} answered belongs to another sign-in."),
                "Begin it again on this page. Of two in one browser, the last that was begun counts.",
            ),
            Self::Refused(code) if code == "access_denied" => {
                (format!("{provider} did not let you in."), "Ask there why, or choose another account.")
            }
            Self::Refused(code) => (
                format!("{provider} could not sign you in: {code}."),
                "Begin it again on this page; if it stays, ask those who keep it.",
            ),
            Self::Used => (
                format!("This sign-in by {provider} was used already, or came too late."),
                "Begin it again on this page.",
            ),
            Self::Expired(_) => (
                format!("What {provider} says had expired when it came."),
                "Begin it again; if it stays, compare the clocks of this machine and of the provider.",
            ),
            Self::Untrusted(_) => (
                format!("What {provider} says cannot be trusted, and nobody was signed in."),
                "Begin it again on this page; if it stays, the server's log says why.",
            ),
        }
    }
}
