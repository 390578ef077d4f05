//! Prepares a snapshot: its name, what goes into it, and what is waited for.

use std::time::Duration;

use super::{Prepared, step};
use crate::data::snapshot::{self, Take};
use crate::data::{Check, Wait};
use crate::names::{RepositoryName, SnapshotName};
use crate::resources::{Call, Kind, ResourceId};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The repository.
    pub repository: RepositoryName,
    /// Whether that repository can only be read.
    pub readonly: bool,
    /// The new snapshot.
    pub name: SnapshotName,
    /// What goes into it; the patterns as they were asked for.
    pub take: Take,
    /// How long its end is waited for; not at all when none.
    pub timeout: Option<Duration>,
    /// How long another snapshot that runs is waited for.
    pub wait_for_running: Duration,
}

/// Prepares a snapshot.
#[must_use]
pub fn prepare(wanted: &Wanted) -> Prepared {
    let mut prepared = Prepared::default();
    let repository = wanted.repository.to_string();
    if wanted.readonly {
        prepared.refuse(
            format!("repository {repository} is registered as readonly in this environment"),
            "take the snapshot in the environment that writes to it",
        );
    }
    let mut take = wanted.take.clone();
    take.indices = sent(&take.indices);
    let call = snapshot::Call::Take {
        repository: repository.clone(),
        name: wanted.name.clone(),
        take,
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

/// The patterns as they are sent. An exclusion alone gets everything first: engines take a list that begins with an exclusion for an
/// index of that name, or for everything.
/// <https://github.com/opensearch-project/OpenSearch/issues/6458>
#[must_use]
pub fn sent(patterns: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let begins_with_exclusion = patterns.first().is_none_or(|first| first.starts_with('-'));
    if begins_with_exclusion {
        all.push("*".to_owned());
    }
    all.extend(patterns.iter().cloned());
    all
}
