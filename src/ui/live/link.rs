//! Whether what the page shows is true: its connection to the console.

use crate::run::Ms;
use crate::text::clock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// As the server rendered it at this time; nothing follows by itself.
    Still(Ms),
    Live,
    Reconnecting,
    /// Nothing was heard since.
    Stale(Ms),
    /// The run has ended; nothing more can come.
    Over,
}

impl Link {
    pub fn words(self) -> String {
        match self {
            Self::Still(at) => format!("as of {}", clock::time_utc(at)),
            Self::Live => "live".to_owned(),
            Self::Reconnecting => "reconnecting".to_owned(),
            Self::Stale(since) => format!("stale since {}", clock::time_utc(since)),
            Self::Over => "complete".to_owned(),
        }
    }

    pub fn class(self) -> &'static str {
        match self {
            Self::Still(_) => "still",
            Self::Live => "live",
            Self::Reconnecting => "reconnecting",
            Self::Stale(_) => "stale",
            Self::Over => "over",
        }
    }
}
