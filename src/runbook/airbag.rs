//! From when a queue behind a step is too long: then the console cancels the step, whatever tool it is.

use super::Span;
use serde::{Deserialize, Serialize};

/// Who waits for a lock makes all others queue behind it, so a step that only waits can stop an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Airbag {
    /// So many sessions may wait behind the step's own for as long as they like.
    pub sessions: u32,
    /// More than that may wait for so long.
    pub after: Span,
}

impl Default for Airbag {
    fn default() -> Self {
        Self { sessions: 3, after: Span::from_ms(5_000) }
    }
}

impl Airbag {
    /// What cannot be kept, as key and sentence.
    pub fn problem(&self) -> Option<(&'static str, &'static str)> {
        (self.after.ms() < 1_000)
            .then_some(("after", "expected 1s or longer: the target is looked at once a second"))
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use crate::runbook::parse::parse;

    const GOOD: &str = r#"slug = "a"
title = "A"
summary = ""
[[phases]]
id = "p"
title = "P"
kind = "migrate"
items = [{ id = "i", title = "I" }]
[airbag]
"#;

    #[test]
    fn it_has_defaults_and_its_mistakes_are_told_with_their_place() {
        let airbag = parse(&format!("{GOOD}after = \"20s\"\n")).unwrap().runbook.airbag.unwrap();
        assert_eq!((airbag.sessions, airbag.after.ms()), (3, 20_000));
        let told = |more: &str| parse(&format!("{GOOD}{more}\n")).unwrap_err()[0].to_string();
        let short = told("after = \"200ms\"");
        assert!(short.starts_with("10:") && short.contains("expected 1s or longer"), "{short}");
        assert!(told("seconds = 5").contains("`seconds`"));
        assert!(told("sessions = -1").starts_with("10:"));
    }
}
