//! Replaces an index by one of a snapshot: proves the restored one under another name, then deletes the old one and restores under its own.
//! Pure: which stage comes next follows from what is there alone, so that a run that was killed is finished by running it again. At every
//! point the data of the snapshot is there twice, or the old index is untouched.

mod stage;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::temporary::{self, DIGITS, digest};
use crate::data::snapshot::Snapshot;
use crate::failure::Class;
use crate::hazard::{Hazard, Word};
use crate::names::IndexName;
use crate::outlet::safe::shell_word;
use crate::workflow::Obstacle;
use crate::workflow::restore::{Consent, Wanted};

pub(crate) use stage::{Stage, Stopped, stage};
pub(crate) use steps::{cancel, next, preview};

/// How every temporary name begins.
pub(crate) const PREFIX: &str = "esbackup-replace-";

/// What is there of one index and of its temporary copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct World {
    /// The index under its own name.
    pub own: Own,
    /// The temporary copies of this index from this snapshot.
    pub copies: Vec<Proof>,
    /// What other replacements of this index left behind.
    pub leftovers: Vec<String>,
}

/// What has the index's own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Own {
    /// Nothing.
    Absent,
    /// A closed index.
    Closed,
    /// An open index.
    Open(Open),
}

/// An open index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    /// Its id.
    pub uuid: String,
    /// Whether it refuses writes; of a data stream, whether every backing index does.
    pub blocked: bool,
    /// Whether some backing indices of a data stream refuse writes and others do not, as after a rollover.
    pub partly: bool,
    /// Its shards.
    pub shape: Shape,
    /// Where its shards come from.
    pub origin: Origin,
    /// How many documents were indexed or deleted since its shards started, where the engine tells.
    pub written: Option<u64>,
    /// Its aliases.
    pub aliases: BTreeSet<String>,
}

impl Open {
    /// Its documents when it is what a finished replacement leaves: all of it from the snapshot, and nothing written to it since.
    #[must_use]
    pub(crate) fn as_restored(&self) -> Option<u64> {
        let untouched = self.origin == Origin::Restored && self.written == Some(0);
        match self.shape {
            Shape::Whole { docs } if untouched && !self.blocked => Some(docs),
            _ => None,
        }
    }
}

/// How much of an index is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Shards are being set up.
    Growing,
    /// Shards are missing, and none is being set up.
    Broken,
    /// Every primary answers.
    Whole {
        /// The documents.
        docs: u64,
    },
}

/// Where the shards of an index come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// They were restored from the snapshot that is restored now.
    Restored,
    /// They were not.
    Other,
    /// The engine does not tell any more.
    Unknown,
}

/// A temporary copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Its name.
    pub name: IndexName,
    /// Its id.
    pub uuid: String,
    /// Its shards.
    pub shape: Shape,
}

/// What is replaced by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject<'a> {
    /// The repository.
    pub repository: &'a str,
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    /// The index, or the data stream.
    pub index: &'a IndexName,
    /// Backing indices of a data stream, by their names in the snapshot; none where an index is replaced.
    pub backing: Option<&'a [IndexName]>,
}

impl Subject<'_> {
    /// How the names of all temporary copies of this index from this snapshot begin.
    #[must_use]
    pub(crate) fn stem(&self) -> String {
        let whole = [self.repository, &self.snapshot.uuid, self.index.as_str()].join("/");
        format!("{PREFIX}{}-", digest(&whole))
    }

    /// The name of the temporary copy with which an index of this id is replaced. The id tells the index that is replaced from one that takes
    /// its name later. A prefix, so that patterns such as `logs-*` do not match it.
    #[must_use]
    pub(crate) fn temporary(&self, uuid: &str) -> Option<IndexName> {
        // A rollover adds a backing index to a stream that stays the same one.
        let oldest = uuid.split(',').next().unwrap_or_default();
        let beginning = format!("{}{}-", self.stem(), digest(oldest));
        match self.backing {
            None => temporary::name(&beginning, self.index.as_str()),
            Some(_) => temporary::stream_name(&beginning, self.index.as_str()),
        }
    }

    /// What is replaced, in a sentence.
    #[must_use]
    pub(crate) fn named(&self) -> String {
        match self.backing {
            None => format!("index {}", self.index),
            Some(_) => format!("data stream {}", self.index),
        }
    }

    /// The indices that come back under a name: the name itself, or the backing indices of a data stream of that name.
    #[must_use]
    pub(crate) fn targets(&self, name: &IndexName) -> Vec<IndexName> {
        match self.backing {
            None => vec![name.clone()],
            Some(backing) => temporary::backing(self.index, name, backing),
        }
    }

    /// What a name of an index is to this replacement.
    #[must_use]
    pub(crate) fn relation(&self, name: &str) -> Relation {
        let rest = match name.strip_prefix(PREFIX) {
            Some(_) if name.starts_with(&self.stem()) => return Relation::Copy,
            Some(rest) => rest,
            None => return Relation::None,
        };
        // A replacement of the same index from another snapshot: two digests with their hyphens come before the name.
        let of_other = rest.get(2 * (DIGITS + 1)..);
        if of_other == Some(self.index.as_str()) {
            Relation::Leftover
        } else {
            Relation::None
        }
    }
}

/// What an index is to a replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// A temporary copy of it.
    Copy,
    /// A copy that another replacement of the same index left behind.
    Leftover,
    /// Nothing.
    None,
}

/// The guard that a replacement of an untouched index will meet, so that it is refused before writes to the index are blocked. None where
/// somebody types the name at a terminal, once both counts are known.
#[must_use]
pub(crate) fn consent(wanted: &Wanted, subject: &Subject<'_>, stage: &Stage) -> Option<Hazard> {
    let untouched = matches!(stage, Stage::Prove { .. });
    (untouched && wanted.consent == Consent::Options).then(|| Hazard {
        word: Word::Replace,
        target: steps::id(subject.index).to_string(),
        why: format!(
            "it is deleted and restored from {} once a restored copy is proven; its writes are blocked meanwhile",
            subject.snapshot.name
        ),
    })
}

/// What stands in the way of a run's step whose index and copy hold other numbers of documents: nobody agreed to the difference.
fn unequal(subject: &Subject<'_>, copy: &str, counts: &str) -> Obstacle {
    Obstacle {
        what: counts.to_owned(),
        remedy: format!(
            "{} and {copy} are both kept: look at them, then replace with `esbackup restore {} --replace`, which asks with both numbers",
            subject.named(),
            shell_word(&subject.snapshot.name),
        ),
        class: Class::Interfered,
    }
}
