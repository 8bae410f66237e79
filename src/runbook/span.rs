//! A length of time as a runbook writes it: `"90s"`, `"10m"`, `"2h"`, `"250ms"`.

use serde::{Deserialize, Serialize};

/// Milliseconds, more than none and at most seven days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(with = "String"))]
pub struct Span(u64);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a length of time such as \"30s\", \"10m\" or \"2h\", at most 7 days, came `{0}`")]
pub struct NotASpan(String);

impl Span {
    const UNITS: [(&'static str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    pub const fn ms(self) -> u64 {
        self.0
    }

    pub fn parse(text: &str) -> Result<Self, NotASpan> {
        let no = || NotASpan(text.chars().take(40).collect());
        let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(no)?;
        let (number, unit) = text.split_at(at);
        let factor = Self::UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(no)?.1;
        let ms = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(no)?;
        if ms == 0 || ms > 7 * 24 * 3_600_000 { Err(no()) } else { Ok(Self(ms)) }
    }
}

impl TryFrom<String> for Span {
    type Error = NotASpan;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        let (unit, factor) = Span::UNITS
            .iter()
            .rev()
            .find(|(_, factor)| span.0.is_multiple_of(*factor))
            .unwrap_or(&Span::UNITS[0]);
        format!("{}{unit}", span.0 / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in ["250ms", "90s", "10m", "2h", "61s"] {
            assert_eq!(String::from(Span::parse(text).unwrap()), text);
        }
        assert_eq!(String::from(Span::parse("120s").unwrap()), "2m");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "10", "m", "0s", "1d", "-1s", "200h", "99999999999999999999s", "1.5s", "1 s"] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
    }
}
