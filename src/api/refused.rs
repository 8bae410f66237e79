//! A refusal on its way to the page that is rendered as the answer to a form.

use crate::run::Refusal;

/// Put into the context by the one who answers a form without scripts; the page shows it at its top.
#[derive(Clone, Debug)]
pub struct Refused(pub Refusal);
