//! Prepares the deletion of snapshots by their exact names; what aborts a running one or takes the newest good one is guarded.

use std::time::Duration;

use super::indices::Absent;
use super::{Prepared, Question, step};
use crate::counted::indices;
use crate::data::snapshot::{self, Snapshot, State, newest_good};
use crate::data::{Check, Restores};
use crate::hazard::{Hazard, Word};
use crate::moment::told;
use crate::names::RepositoryName;
use crate::resources::{Call, Kind, ResourceId};

#[cfg(test)]
mod tests;

/// The guards that it can meet.
pub(crate) const GUARDS: [Word; 2] = [Word::Running, Word::LastGood];

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The repository; never one of Amazon's, which have no such name.
    pub repository: RepositoryName,
    /// Whether that repository can only be read.
    pub readonly: bool,
    /// The exact names.
    pub names: Vec<String>,
    /// What becomes of names that no snapshot has.
    pub absent: Absent,
    /// How long a snapshot that runs is waited for.
    pub wait_for_running: Duration,
}

/// Prepares the deletions.
#[must_use]
pub(crate) fn prepare(wanted: &Wanted, all: &[Snapshot]) -> Prepared {
    let mut prepared = Prepared::default();
    if wanted.readonly {
        refuse_readonly(&mut prepared, &wanted.repository);
    }
    let newest = newest_good(all);
    let mut names: Vec<&String> = wanted.names.iter().collect();
    names.sort();
    names.dedup();
    let mut found = Vec::new();
    let named = |name: &String| all.iter().find(|one| one.name == *name);
    let some_there = names.iter().any(|name| named(name).is_some());
    for name in names {
        let repository = &wanted.repository;
        match (named(name), wanted.absent) {
            (Some(snapshot), _) => found.push(snapshot),
            (None, Absent::PassedOver) => prepared.notes.push(format!(
                "there is no snapshot {name} in repository {repository}: nothing to delete"
            )),
            (None, Absent::Refused) => prepared.refuse(
                format!("there is no snapshot {name} in repository {repository}"),
                match some_there {
                    true => "name snapshots exactly, without patterns; `esbackup snapshot list` shows them; where an earlier run deleted it, add --ignore-unavailable",
                    false => "name snapshots exactly, without patterns; `esbackup snapshot list` shows them",
                },
            ),
        }
    }
    for snapshot in &found {
        if snapshot.state == State::InProgress {
            prepared.raised.push(Hazard {
                word: Word::Running,
                target: id(snapshot).to_string(),
                why: "it runs: deleting it aborts it".to_owned(),
            });
        }
        let own = || {
            all.iter()
                .filter(|one| one.environment() == snapshot.environment())
        };
        let is = |newest: Option<&Snapshot>| newest.is_some_and(|one| one.name == snapshot.name);
        let why = match (is(newest), is(newest_good(own())), snapshot.environment()) {
            (true, ..) => Some("it is the newest good snapshot of the repository".to_owned()),
            (_, true, Some(name)) => Some(format!(
                "it is the newest good snapshot of environment {name}"
            )),
            (_, true, None) => {
                Some("it is the newest good snapshot of those that name no environment".to_owned())
            }
            _ => None,
        };
        if let Some(why) = why {
            prepared.raised.push(Hazard {
                word: Word::LastGood,
                target: id(snapshot).to_string(),
                why,
            });
        }
        // What makes this one no last one must still be there when it goes, unless it is given up as well.
        let keeper = newest_good(own()).filter(|newest| {
            snapshot.is_good() && !found.iter().any(|one| one.name == newest.name)
        });
        prepared.steps.push(deletion(
            &wanted.repository,
            wanted.wait_for_running,
            snapshot,
            keeper,
        ));
    }
    let each: Vec<String> = found.iter().map(|one| described(one)).collect();
    prepared.question = Question::Yes(format!("Delete for good: {}?", each.join("; ")));
    prepared
}

/// One deletion, with what is looked at right before it: that it is still the same snapshot, and that the keeper, the newest good one of
/// its owner, is still there.
#[must_use]
pub(crate) fn deletion(
    repository: &RepositoryName,
    wait_for_running: Duration,
    snapshot: &Snapshot,
    keeper: Option<&Snapshot>,
) -> crate::plan::Step {
    let repository = repository.to_string();
    // There may be thousands of deletions: no room is kept beside these.
    let mut before = Vec::with_capacity(3);
    // Old engines refuse a deletion while any snapshot runs; the one that is aborted runs itself.
    if snapshot.state != State::InProgress {
        before.push(Check::NoSnapshotRuns {
            wait: wait_for_running,
        });
    }
    let is_still = |one: &Snapshot, restores| Check::SnapshotIs {
        repository: repository.clone(),
        name: one.name.clone(),
        uuid: one.uuid.clone(),
        state: one.state.clone(),
        restores,
    };
    before.extend(keeper.map(|keeper| is_still(keeper, Restores::DoNotMatter)));
    before.push(is_still(snapshot, Restores::Matter));
    let call = snapshot::Call::Delete {
        repository,
        name: snapshot.name.clone(),
    };
    step(id(snapshot), Call::Snapshot(call), before)
}

/// Says that nothing can be deleted from a repository that can only be read.
pub(crate) fn refuse_readonly(prepared: &mut Prepared, repository: &RepositoryName) {
    prepared.refuse(
        format!("repository {repository} is registered as readonly in this environment"),
        "delete snapshots in the environment that writes to it",
    );
}

fn id(snapshot: &Snapshot) -> ResourceId {
    ResourceId::new(Kind::Snapshot, &snapshot.name)
}

fn described(snapshot: &Snapshot) -> String {
    let started = told(snapshot.started);
    let whose = snapshot
        .environment()
        .map(|name| format!(", of environment {name}"))
        .unwrap_or_default();
    format!(
        "{} ({}, {started}, {}{whose})",
        snapshot.name,
        snapshot.state.as_str(),
        indices(snapshot.indices.len())
    )
}
