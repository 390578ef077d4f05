//! What the domain holds: snapshots and indices. Types, what is read of them and what is sent for them; nothing is decided here, and
//! `apply` never touches any of it.

pub(crate) mod cluster;
pub(crate) mod index;
pub(crate) mod select;
pub(crate) mod snapshot;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::duration::rounded;
use crate::names::{IndexName, SnapshotName};

/// What must hold right before a call of a workflow is sent; read again by the executor.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Check {
    /// No snapshot runs anywhere on the domain: Amazon and old engines refuse a second one, and old engines damage a running one.
    NoSnapshotRuns {
        /// How long one that runs is waited for.
        wait: Duration,
    },
    /// The repository has no snapshot of this name.
    SnapshotAbsent {
        /// The repository.
        repository: String,
        /// The name.
        name: SnapshotName,
    },
    /// The snapshot is still the one that was planned with, in the same state, and nobody restores from it.
    SnapshotIs {
        /// The repository.
        repository: String,
        /// The name.
        name: String,
        /// Its id.
        uuid: String,
        /// Its state.
        state: snapshot::State,
        /// Whether a restore from it stands in the way.
        restores: Restores,
    },
    /// These snapshots are still the ones that were planned with: what they hold makes another one superfluous.
    SnapshotsStand {
        /// The repository.
        repository: String,
        /// Their names and ids.
        snapshots: Vec<(String, String)>,
    },
    /// The index is still the one that was planned with.
    IndexIs {
        /// The name.
        name: IndexName,
        /// Its id.
        uuid: String,
    },
    /// No index has this name.
    IndexAbsent {
        /// The name.
        name: IndexName,
    },
    /// The index is closed, or no index has this name: a restore may put one there.
    IndexNotOpen {
        /// The name.
        name: IndexName,
    },
    /// No shard of the index is being restored: engines delete one in the middle of it.
    IndexIdle {
        /// The name.
        name: IndexName,
    },
    /// The snapshot is complete and holds the index.
    SnapshotHolds {
        /// The repository.
        repository: String,
        /// The snapshot.
        name: String,
        /// The index.
        index: IndexName,
    },
    /// The index refuses writes: nothing was written to it since it was counted.
    WritesRefused {
        /// The name.
        name: IndexName,
    },
    /// Every primary of the index answers, and it holds this many documents.
    IndexHolds {
        /// The name.
        name: IndexName,
        /// The documents.
        docs: u64,
    },
    /// The data stream still has the backing indices that were planned with: no rollover, and none that was created anew.
    StreamIs {
        /// Name of the stream.
        name: IndexName,
        /// Ids of its backing indices, as [`index::lineage::identity`] joins them.
        identity: String,
    },
    /// No data stream has this name.
    StreamAbsent {
        /// Name of the stream.
        name: IndexName,
    },
    /// Every backing index of the data stream refuses writes.
    StreamRefusesWrites {
        /// Name of the stream.
        name: IndexName,
    },
    /// Every primary of the data stream answers, and it holds this many documents.
    StreamHolds {
        /// Name of the stream.
        name: IndexName,
        /// Number of documents.
        docs: u64,
    },
    /// The snapshot is complete, and holds the data stream with these backing indices.
    SnapshotHoldsStream {
        /// Name of the repository.
        repository: String,
        /// Name of the snapshot.
        name: String,
        /// Name of the stream.
        stream: IndexName,
        /// Names of its backing indices.
        backing: Vec<String>,
    },
}

impl Check {
    /// Says what must hold.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::NoSnapshotRuns { wait } if wait.is_zero() => "no snapshot runs".to_owned(),
            Self::NoSnapshotRuns { wait } => {
                format!("no snapshot runs, or it ends within {}", rounded(*wait))
            }
            Self::SnapshotAbsent { name, .. } => format!("there is no snapshot {name}"),
            Self::SnapshotIs { name, state, .. } => {
                format!("snapshot {name} is the same and {}", state.as_str())
            }
            Self::SnapshotsStand { snapshots, .. } => {
                let names: Vec<&str> = snapshots.iter().map(|(name, _)| name.as_str()).collect();
                format!("newer copies are still in {}", snapshot::listed(&names))
            }
            Self::IndexIs { name, uuid } => format!("index {name} is still {uuid}"),
            Self::IndexAbsent { name } => format!("there is no index {name}"),
            Self::IndexNotOpen { name } => format!("index {name} is closed or absent"),
            Self::IndexIdle { name } => format!("index {name} is not being restored"),
            Self::SnapshotHolds { name, index, .. } => {
                format!("snapshot {name} is complete and holds {index}")
            }
            Self::WritesRefused { name } => format!("index {name} still refuses writes"),
            Self::IndexHolds { name, docs } => {
                format!("index {name} is complete and holds {docs} documents")
            }
            Self::StreamIs { name, .. } => {
                format!("data stream {name} still has the same backing indices")
            }
            Self::StreamAbsent { name } => format!("there is no data stream {name}"),
            Self::StreamRefusesWrites { name } => {
                format!("every backing index of data stream {name} still refuses writes")
            }
            Self::StreamHolds { name, docs } => {
                format!("data stream {name} is complete and holds {docs} documents")
            }
            Self::SnapshotHoldsStream { name, stream, .. } => {
                format!("snapshot {name} is complete and holds data stream {stream}")
            }
        }
    }
}

/// Whether a restore that runs stands in the way of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Restores {
    /// It does: the snapshot is to be deleted.
    Matter,
    /// It does not.
    DoNotMatter,
}

/// What is waited for after a call of a workflow, until it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wait {
    /// The snapshot ends.
    Snapshot {
        /// The repository.
        repository: String,
        /// The snapshot.
        name: String,
        /// How long it is waited for; it goes on afterwards.
        timeout: Duration,
    },
    /// Every primary of the indices is restored from the snapshot; then their documents are counted.
    Restored {
        /// The repository.
        repository: String,
        /// The snapshot.
        snapshot: String,
        /// The indices, by the names that they have afterwards.
        targets: Vec<IndexName>,
        /// How long it is waited for; it goes on afterwards.
        timeout: Duration,
    },
}

/// How far something is that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A snapshot.
    Snapshot(snapshot::Progress),
    /// A restore.
    Restore {
        /// Shards that are restored.
        shards_done: u64,
        /// All shards, as far as they are known.
        shards: u64,
        /// Bytes that are there.
        bytes_done: u64,
        /// Bytes in all.
        bytes: u64,
    },
    /// Another snapshot must end first.
    Others {
        /// The snapshots that run, as `REPOSITORY/NAME`.
        running: Vec<String>,
    },
}

/// What happens while something is waited for.
#[derive(Debug, Clone, Copy)]
pub enum Awaited<'a> {
    /// It goes on.
    Progress(&'a Progress),
    /// It has ended.
    Seen(&'a Seen),
}

/// What was seen at the end of a wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The snapshot as it is now.
    Snapshot(Box<snapshot::Snapshot>),
    /// Each restored index with its documents.
    Restored(Vec<Restored>),
}

/// An index that was restored.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Restored {
    /// The index.
    pub index: String,
    /// Its documents, counted after the restore.
    pub docs: u64,
}
