//! Who waits for whom, as trees: what stands in the step's way, and who waits behind it.

use super::{Session, Sighting};
use std::collections::BTreeSet;

/// A session in a tree, with those that it waits for, or that wait for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch<'a> {
    /// None: a prepared transaction, which has no session.
    pub session: Option<&'a Session>,
    pub twigs: Vec<Self>,
}

impl Sighting {
    fn session(&self, pid: i32) -> Option<&Session> {
        self.sessions.iter().find(|session| session.pid == pid)
    }

    fn ours(&self) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(|session| session.ours)
    }

    /// Those that the step waits for, each with those that it waits for itself. Every session stands in it once.
    pub fn in_our_way(&self) -> Vec<Branch<'_>> {
        let mut told: BTreeSet<i32> = self.ours().map(|session| session.pid).collect();
        let first: BTreeSet<i32> =
            self.ours().flat_map(|session| session.waits_for.iter().copied()).collect();
        self.waited_for(first, &mut told)
    }

    fn waited_for(&self, pids: BTreeSet<i32>, told: &mut BTreeSet<i32>) -> Vec<Branch<'_>> {
        let new: Vec<i32> = pids.into_iter().filter(|pid| told.insert(*pid)).collect();
        let branch = |pid: i32| {
            let session = self.session(pid);
            let next = session.map(|session| session.waits_for.iter().copied().collect()).unwrap_or_default();
            // A session that has ended between two questions is no longer in the way.
            (pid == 0 || session.is_some()).then(|| Branch { session, twigs: self.waited_for(next, told) })
        };
        new.into_iter().filter_map(branch).collect()
    }

    /// Those that wait for the step, each with those that wait for it in turn. Every session stands in it once.
    pub fn behind_us(&self) -> Vec<Branch<'_>> {
        let ours: BTreeSet<i32> = self.ours().map(|session| session.pid).collect();
        self.waiting_for(&ours, &mut ours.clone())
    }

    fn waiting_for(&self, pids: &BTreeSet<i32>, told: &mut BTreeSet<i32>) -> Vec<Branch<'_>> {
        let waits = |session: &&Session| session.waits_for.iter().any(|pid| pids.contains(pid));
        let new: Vec<&Session> =
            self.sessions.iter().filter(waits).filter(|session| told.insert(session.pid)).collect();
        let branch = |session: &Session| self.waiting_for(&BTreeSet::from([session.pid]), told);
        let twigs: Vec<_> = new.iter().copied().map(branch).collect();
        new.into_iter().zip(twigs).map(|(session, twigs)| Branch { session: Some(session), twigs }).collect()
    }

    /// All that wait behind the step, near and far.
    pub fn queued(&self) -> Vec<&Session> {
        let mut found = Vec::new();
        self.behind_us().iter().for_each(|branch| branch.gather(&mut found));
        found
    }
}

impl<'a> Branch<'a> {
    /// The sessions of the branch, itself first.
    pub fn gather(&self, found: &mut Vec<&'a Session>) {
        found.extend(self.session);
        self.twigs.iter().for_each(|twig| twig.gather(found));
    }
}
