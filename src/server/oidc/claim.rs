//! Who an account would be on this console, by what its provider says about it.

use crate::server::auth::PersonName;
use serde_json::{Map, Value};

/// The claim that providers may fill with what anybody typed, unless they say that they have looked.
pub const EMAIL: &str = "email";

/// Why an account leads to nobody's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoName {
    #[error("The provider does not say the `{0}` of your account.")]
    Missing(String),
    #[error("The provider has not verified the e-mail address of your account.")]
    Unverified,
    #[error("What the provider says as the `{claim}` of your account is nobody's name here: {came}")]
    NotAName { claim: String, came: String },
}

/// The name in a claim. Upper case counts as lower case, as in names here; anything else must be as it is there.
///
/// # Errors
/// There is none, `email` is not verified (OpenID Connect Core, 5.1), or it is no name.
pub fn name(claims: &Map<String, Value>, claim: &str) -> Result<PersonName, NoName> {
    let said = claims.get(claim).and_then(Value::as_str).filter(|said| !said.is_empty());
    let said = said.ok_or_else(|| NoName::Missing(claim.to_owned()))?;
    // By its name, whatever it says of itself: "true" as a text is no word of OpenID Connect.
    if claim == EMAIL && claims.get("email_verified") != Some(&Value::Bool(true)) {
        return Err(NoName::Unverified);
    }
    match PersonName::parse(said) {
        Ok(name) if name.as_str().eq_ignore_ascii_case(said) => Ok(name),
        _ => {
            let came = said.chars().filter(|c| !c.is_control()).take(80).collect();
            Err(NoName::NotAName { claim: claim.to_owned(), came })
        }
    }
}
