//! The second person types what only their screen shows.

use crate::run::challenge::Challenge;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Actor, RunState, Seq};

pub fn answered(state: &RunState, actor: &Actor, asked: Seq, typed: &str) -> Result<(), Refusal> {
    let same = |shown: &str| {
        let plain = |text: &str| text.trim().replace(['-', ' '], "").to_ascii_uppercase();
        plain(shown) == plain(typed)
    };
    match state.challenge(actor, asked) {
        Challenge::None => Ok(()),
        Challenge::Shown(value) if same(&value) => Ok(()),
        Challenge::Shown(_) => {
            let why = "It takes the value that your own screen shows for this.";
            let hint =
                "Nothing was started. Read what you confirm, and type the value that stands beside it.";
            Err(Refusal::new(Code::Invalid, why, hint))
        }
        Challenge::NoScreen => {
            let why = "On a production target the second person confirms on a screen of their own.";
            let hint = "Log in and confirm on the page of the run, or at the console's own terminal.";
            Err(Refusal::new(Code::NotAllowed, why, hint))
        }
    }
}
