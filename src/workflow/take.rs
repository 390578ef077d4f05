//! Prepares a snapshot: its name, what goes into it, and what is waited for.

mod selection;
#[cfg(test)]
mod tests;
mod warm;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Prepared, step};
use crate::data::index::Index;
use crate::data::select::Expression;
use crate::data::snapshot::{self, State, Take};
use crate::data::{Check, Wait};
use crate::domain::Engine;
use crate::names::{RepositoryName, SnapshotName};
use crate::resources::{Call, Kind, ResourceId};

/// What was read before a snapshot is prepared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Engine of the domain, where that is known.
    pub engine: Option<Engine>,
    /// The state of a snapshot that has the name already.
    pub taken: Option<State>,
    /// The indices with their aliases; none where they may not be listed.
    pub indices: Option<Vec<(Index, BTreeSet<String>)>>,
    /// The data streams with their backing indices; none where they may not be listed.
    pub streams: Option<BTreeMap<String, Vec<String>>>,
    /// Index that each alias writes to, where one was named for that.
    pub writers: BTreeMap<String, BTreeSet<String>>,
    /// Indices in UltraWarm storage, on an Amazon domain; none where their settings may not be read.
    pub warm: Option<BTreeSet<String>>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The repository.
    pub repository: RepositoryName,
    /// Whether that repository can only be read.
    pub readonly: bool,
    /// The new snapshot.
    pub name: SnapshotName,
    /// Which indices go into it.
    pub indices: Expression,
    /// Whether indices that are not there are passed over.
    pub ignore_unavailable: bool,
    /// Whether the cluster's global state goes with it.
    pub include_global_state: bool,
    /// Whether it may leave out shards that are not available.
    pub partial: bool,
    /// Whether it is marked as an archive, which prune never deletes.
    pub archive: bool,
    /// Whether the engine keeps metadata; without it nothing can be marked.
    pub keeps_metadata: bool,
    /// Who takes it.
    pub metadata: BTreeMap<String, String>,
    /// How long its end is waited for; not at all when none.
    pub timeout: Option<Duration>,
    /// How long another snapshot that runs is waited for.
    pub wait_for_running: Duration,
}

/// Prepares a snapshot.
#[must_use]
pub(crate) fn prepare(wanted: &Wanted, facts: &Facts) -> Prepared {
    let mut prepared = Prepared::default();
    let repository = wanted.repository.to_string();
    if wanted.readonly {
        prepared.refuse(
            format!("repository {repository} is registered as readonly in this environment"),
            "take the snapshot in the environment that writes to it",
        );
    }
    if let Some(state) = &facts.taken {
        prepared.refuse(
            format!(
                "there is a snapshot {} already, which is {}",
                wanted.name,
                state.as_str()
            ),
            "choose another name; a snapshot is never overwritten",
        );
    }
    if wanted.archive && !wanted.keeps_metadata {
        prepared.refuse(
            "this engine keeps no metadata of snapshots, so that the mark of an archive would be lost".to_owned(),
            "leave --archive out and give the snapshot a name of your own: prune without --all deletes none whose name is not the environment's",
        );
    }
    let selection::Sent {
        expression,
        aliases,
    } = selection::sent(&mut prepared, wanted, facts);
    let mut metadata = match wanted.archive {
        true => snapshot::mark_archive(wanted.metadata.clone()),
        false => wanted.metadata.clone(),
    };
    if let Some(text) = snapshot::aliases::encode(&aliases) {
        metadata.insert(snapshot::aliases::ALIASES.to_owned(), text);
    }
    let call = snapshot::Call::Take {
        repository: repository.clone(),
        name: wanted.name.clone(),
        take: Take {
            indices: expression,
            ignore_unavailable: wanted.ignore_unavailable,
            include_global_state: wanted.include_global_state,
            partial: wanted.partial,
            metadata,
        },
    };
    let before = vec![
        Check::NoSnapshotRuns {
            wait: wanted.wait_for_running,
        },
        Check::SnapshotAbsent {
            repository: repository.clone(),
            name: wanted.name.clone(),
        },
    ];
    let id = ResourceId::new(Kind::Snapshot, &wanted.name);
    let mut step = step(id, Call::Snapshot(call), before);
    step.after = wanted.timeout.map(|timeout| Wait::Snapshot {
        repository,
        name: wanted.name.to_string(),
        timeout,
    });
    prepared.steps.push(step);
    prepared
}
