//! Who has the controls of a run. As on a flight deck with two pilots, one person acts and everybody else monitors; control is passed
//! by asking and accepting, so that there is never a doubt and never nobody (FAA Advisory Circular 120-71B, pilot monitoring).

use super::RunState;
use super::state::By;
use crate::text::clock;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controls {
    /// Who has them, and since when: who started the run, until somebody else gets them.
    pub pilot: By,
    /// Control that is to pass, and has not yet.
    pub asked: Option<HandOver>,
    /// Why they were taken without being handed over; none where they were.
    pub taken: Option<String>,
}

/// Offered by the pilot to somebody, or asked for by somebody for themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    pub to: String,
    pub by: By,
}

impl HandOver {
    /// The pilot offers; the other one accepts.
    pub fn offered(&self) -> bool {
        self.by.who != self.to
    }
}

impl Controls {
    pub(super) fn of(pilot: By) -> Self {
        Self { pilot, asked: None, taken: None }
    }
}

impl RunState {
    /// Whether this person has the controls.
    pub fn flies(&self, name: &str) -> bool {
        self.controls.pilot.who == name
    }

    /// For everybody but the pilot: who has the controls. None where the run is over.
    pub fn monitors(&self, name: &str) -> Option<String> {
        let By { who, at } = &self.controls.pilot;
        let other = self.ended.is_none() && !self.flies(name);
        other.then(|| format!("{who} has the controls since {}.", clock::time_utc(*at)))
    }
}
