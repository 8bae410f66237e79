//! A refused form on its way to the page that is rendered as the answer to it.

use crate::run::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The fields of a form by name.
pub type Fields = BTreeMap<String, String>;

/// Put into the context by the one who answers a form without scripts. The page shows the refusal at its top, and the form as it
/// was filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub refusal: Refusal,
    pub fields: Fields,
}
