//! What is known of the snapshots of a repository: all of some, and of the others only what a list without details tells.

use super::{FirstHolders, NameSet, Snapshot, State};

/// One snapshot as a list without details tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// Its name.
    pub name: Box<str>,
    /// Its id, which no other snapshot has; empty where the engine does not tell.
    pub uuid: Box<str>,
    /// How it ended, or that it runs.
    pub state: State,
    /// The indices that it holds.
    pub indices: NameSet,
}

/// The snapshots of a repository. Only those whose details were read are [`Snapshot`]s: nothing can be decided by a start, an owner or a
/// failure that nobody read.
#[derive(Debug, Default)]
pub struct List {
    /// Those that were read whole.
    pub snapshots: Vec<Snapshot>,
    /// Those whose details were not asked for.
    pub unasked: Vec<Brief>,
    /// Those that are there, and whose details could not be read.
    pub unread: Vec<Unread>,
    /// Why the first of them could not be read.
    pub error: Option<crate::domain::Error>,
}

/// A snapshot that is there and whose details could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What is known of it.
    pub brief: Brief,
    /// Why there is no more.
    pub why: Why,
}

/// Why the details of a snapshot are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The request for them failed.
    Failed,
    /// Engines would take its name for more than one snapshot, so that it cannot be asked for.
    OddName,
    /// The details of the snapshots are more than is kept.
    TooMuch,
}

impl Brief {
    /// Returns true if it may be a complete backup: it says so, and holds something.
    #[must_use]
    pub fn may_be_good(&self) -> bool {
        self.state == State::Success && !self.indices.is_empty()
    }

    /// Returns true if it may have a whole copy of an index that it names: a PARTIAL one has those without a failed shard.
    #[must_use]
    pub fn may_hold_copies(&self) -> bool {
        self.may_be_good() || self.state == State::Partial
    }
}

/// Returns the indices that snapshots may hold whose details, the start among them, could not be read.
#[must_use]
pub(crate) fn possible_holders(unread: &[Unread]) -> FirstHolders<'_, (), ()> {
    indices_of(unread, Brief::may_be_good)
}

/// Returns the indices of which such snapshots may have a copy.
#[must_use]
pub(crate) fn possible_copies(unread: &[Unread]) -> FirstHolders<'_, (), ()> {
    indices_of(unread, Brief::may_hold_copies)
}

/// Gathers the indices of the snapshots that count.
fn indices_of(unread: &[Unread], counts: impl Fn(&Brief) -> bool) -> FirstHolders<'_, (), ()> {
    let mut holders = FirstHolders::default();
    for one in unread.iter().filter(|one| counts(&one.brief)) {
        holders.add((), &one.brief.indices, ());
    }
    holders
}

impl List {
    /// Returns the snapshots where every one that was asked for is known. Those with an odd name are left out: no request can name them.
    ///
    /// # Errors
    /// Why one could not be read.
    pub fn whole(mut self) -> Result<Vec<Snapshot>, crate::domain::Error> {
        match self.failure() {
            Some((_, error)) => Err(error),
            None => Ok(self.snapshots),
        }
    }

    /// Takes out why snapshots could not be read, with their number; none where only those are unread that no request can name.
    pub fn failure(&mut self) -> Option<(usize, crate::domain::Error)> {
        let failed = self.unread.iter().filter(|one| one.why != Why::OddName);
        let count = failed.count();
        let error = self.error.take();
        (count > 0).then(|| (count, error.unwrap_or(crate::domain::Error::Crowded)))
    }
}
