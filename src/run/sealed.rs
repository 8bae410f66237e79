//! The checksum of a file, as it stands in an event.

use serde::{Deserialize, Serialize};

/// A file as it was when an attempt had ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Sealed {
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}
