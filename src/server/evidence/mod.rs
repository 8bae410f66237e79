//! Evidence packs: a run with all its files as one zip that the console has signed, and the check of a run in the state or in a pack.
//! What makes a run checkable, without files and keys, is in `crate::evidence`.

mod comment;
pub mod digest;
mod key;
mod pack;
mod stored;
mod unpack;

pub use key::{Key, KeyError, PublicKey};
pub use names::RUNBOOK;
pub use pack::{PackError, pack};
pub use stored::{Stored, check as check_stored};
pub use unpack::check as check_pack;

/// Names in a pack besides the files of attempts and the plans.
mod names {
    pub const README: &str = "README.txt";
    pub const EVENTS: &str = "events.jsonl";
    pub const RUNBOOK: &str = "runbook.toml";
    pub const SIGNATURES: &str = "signatures.json";
    pub const CHECKED: &str = "checked.json";
    pub const KEY: &str = "console.pem";
    pub const SUMS: &str = "SHA256SUMS";
    pub const SUMS_SIGNATURE: &str = "SHA256SUMS.sig";

    /// A file of an attempt, whose folder is `STEP/N`.
    pub fn of_attempt(folder: &str, file: &str) -> String {
        format!("attempts/{folder}/{file}")
    }
}
