//! Why something about people was refused or failed, in sentences.

use super::person::NotAName;

/// From keeping people, sessions and tokens.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error(transparent)]
    Name(#[from] NotAName),
    #[error("there is a person `{0}` already. `kneeboard user password {0}` gives a new password")]
    PersonExists(String),
    #[error("there is nobody called `{0}`. `kneeboard user list` shows who there is")]
    NoSuchPerson(String),
    #[error("{0} has an API token `{1}` already. Choose another name, or revoke it first")]
    TokenExists(String, String),
    #[error("there is no API token `{0}`. `kneeboard token list` shows which there are")]
    NoSuchToken(String),
    #[error("`{0}` is given for all targets or not at all: leave out the target and the environment")]
    EverywhereOnly(&'static str),
    #[error("{0} does not have the permission {1} there. `kneeboard user list` shows who has what where")]
    NotGranted(String, &'static str),
    #[error("{0} is bound to no account of a provider: the next one that shows the name will be")]
    NotBound(String),
    #[error("there is no such session. It may have ended meanwhile")]
    NoSuchSession,
    #[error("only an admin ends what is another person's")]
    NotYours,
    #[error("expected a password of {min} to {max} bytes, came {came}", min = super::password::SHORTEST, max = super::password::LONGEST)]
    PasswordLength { came: usize },
    #[error("expected a {what} of 1 to 64 letters, digits and `. _ -`, came `{came}`")]
    Word { what: &'static str, came: String },
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
    #[error("the state could not be read or written: {0}")]
    Sql(#[from] sqlx::Error),
}

/// From signing in. The first two never tell whether the name exists.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    #[error("Name or password is wrong.")]
    Wrong,
    #[error("Too many attempts from here. Try again in {} s.", seconds(*.wait_ms))]
    TooMany { wait_ms: i64 },
    #[error(transparent)]
    Failed(#[from] AuthError),
}

/// Rounded up: who waits that long is let in.
fn seconds(ms: i64) -> i64 {
    (ms + 999) / 1000
}
