//! The check of a run where it lies: its events in the state, its files in the data folder.

use super::digest;
use crate::evidence::{Checked, chain, files};
use crate::run::event::{Body, Known};
use crate::run::{Event, RunId, RunSummary, Seq};
use crate::server::store::Store;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A run as it is stored, unread.
pub struct Stored {
    pub run: RunId,
    /// What lists show of it.
    pub listed: RunSummary,
    /// The text of each event with the seq it is stored under.
    pub texts: Vec<(Seq, String)>,
}

impl Stored {
    /// None: there is no such run.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn read(store: &Store, run: &RunId) -> Result<Option<Self>, sqlx::Error> {
        let Some(listed) = store.listed(run).await? else { return Ok(None) };
        Ok(Some(Self { run: run.clone(), listed, texts: store.texts(run).await? }))
    }

    /// The folder of its attempts.
    pub fn folder(&self, data: &Path) -> PathBuf {
        data.join("runs").join(self.run.as_str())
    }
}

/// Checks the chain, the list, the runbook and every file of an ended attempt. Reads all of them, so it may take a while. Gives the
/// events that can be read.
pub fn check(stored: &Stored, data: &Path) -> (Checked, Vec<Event>) {
    let mut checked = Checked::default();
    let events = chain::check(&stored.run, &stored.texts, &mut checked);
    listed(&stored.listed, &events, &mut checked);
    let folder = stored.folder(data);
    match std::fs::read(folder.join(super::names::RUNBOOK)) {
        Ok(text) => runbook(&events, &text, &mut checked),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            checked
                .remarks
                .push("the runbook's text was not kept; its definition stands in event 1".to_owned());
        }
        Err(error) => checked.found(super::names::RUNBOOK, format!("it cannot be read: {error}")),
    }
    for attempt in files::attempts(&events) {
        let place = format!("runs/{}/{}", stored.run, attempt.folder());
        match digest::folder(&folder.join(attempt.folder())) {
            Ok(found) => files::compare(&attempt, &place, &found, &mut checked),
            Err(error) => checked.found(place, format!("it cannot be read: {error}")),
        }
    }
    (checked, events)
}

/// Holds the text of a runbook against the checksum in the first event.
pub(super) fn runbook(events: &[Event], text: &[u8], checked: &mut Checked) {
    if let Some(Body::Known(Known::RunStarted { runbook_sha256, .. })) =
        events.first().map(|event| &event.body)
        && *runbook_sha256 != digest::of(text)
    {
        checked.found(super::names::RUNBOOK, "it is not the one that the run was started with");
    }
}

/// Lists are written beside the events, for speed: they must say the same.
fn listed(listed: &RunSummary, events: &[Event], checked: &mut Checked) {
    let Some(Event { actor, at, body: Body::Known(Known::RunStarted { runbook, target, .. }), .. }) =
        events.first()
    else {
        return;
    };
    let end = events.last().and_then(|event| match &event.body {
        Body::Known(Known::RunEnded { ending, .. }) => Some((*ending, event.at)),
        _ => None,
    });
    let same = [
        ("runbook", listed.slug == runbook.slug && listed.title == runbook.title),
        ("target", listed.target == target.name && listed.environment == target.environment),
        ("start", listed.started_by == *actor && listed.started_at == *at),
        ("end", listed.ending.zip(listed.ended_at) == end),
    ];
    for (what, _) in same.into_iter().filter(|(_, same)| !same) {
        checked.found("the list of runs", format!("its {what} is not the one of the events"));
    }
}
