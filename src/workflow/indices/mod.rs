//! Prepares the deletion of indices: which single index each name means, what stands in the way, and the calls. Pure.

mod held;
pub mod target;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Guard, Obstacle, ObstacleBy, Prepared, Question, Raised, step};
use crate::counted::documents;
use crate::data::index::{self, Index, Writes};
use crate::data::snapshot::{self, Running, Snapshot, Take};
use crate::data::{Check, Wait};
use crate::moment::told;
use crate::names::{EnvironmentName, IndexName, SnapshotName};
use crate::outlet::safe::shell_word;
use crate::plan::Step;
use crate::resources::{Call, Kind, ResourceId, outcome};
use held::{UNTOLD, lacks, unheld};
use target::Meant;

pub use held::{Held, Holders, lacked};

/// What was read before anything is decided.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// All indices of the domain.
    pub indices: Vec<Index>,
    /// The aliases of each index.
    pub aliases: BTreeMap<String, BTreeSet<String>>,
    /// The backing indices of each data stream.
    pub streams: BTreeMap<String, Vec<String>>,
    /// The snapshots that run.
    pub running: Vec<Running>,
    /// The restores that run.
    pub restoring: Vec<Running>,
    /// The snapshots of the environment's repository.
    pub snapshots: Vec<Snapshot>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The names as they were given.
    pub names: Vec<String>,
    /// The environment: what another one took holds that one's indices.
    pub environment: EnvironmentName,
    /// The environment's repository.
    pub repository: String,
    /// The only snapshots that count for the guard; any good one when there is none.
    pub counted: Vec<String>,
    /// What an index that is not there means.
    pub absent: Absent,
    /// The snapshot that is taken first, if one is.
    pub first: Option<First>,
}

/// What an index that is not there means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The name is wrong.
    Refused,
    /// It was deleted already.
    PassedOver,
}

/// A snapshot of the indices, taken right before they are deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// Its name.
    pub name: SnapshotName,
    /// Its metadata, which marks it as an archive: once the indices are gone, nothing else holds them.
    pub metadata: BTreeMap<String, String>,
    /// Whether the engine keeps that metadata.
    pub keeps_metadata: bool,
    /// How long its end is waited for.
    pub timeout: Duration,
    /// Whether the repository can only be read.
    pub readonly: bool,
    /// The indices that refused writes before: their block is not lifted when the deletion fails.
    pub blocked: BTreeSet<String>,
}

/// A prepared deletion.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Deletion {
    /// The calls and what stands in their way.
    pub prepared: Prepared,
    /// What is deleted.
    pub targets: Vec<Target>,
    /// What lets writes in again when the deletion fails: one call for each index that it blocked.
    pub lift: Vec<Step>,
}

/// One index that is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: IndexName,
    /// Its id.
    pub uuid: String,
}

/// Prepares a deletion.
#[must_use]
pub fn prepare(wanted: &Wanted, facts: &Facts) -> Deletion {
    let mut deletion = Deletion::default();
    let mut names: BTreeSet<&String> = BTreeSet::new();
    let mut found = Vec::new();
    let is_there = |name: &String| matches!(target::meant(name, facts), Meant::Index(..));
    let some_there = wanted.names.iter().any(is_there);
    for name in wanted.names.iter().filter(|name| names.insert(name)) {
        match target::meant(name, facts) {
            Meant::Index(name, index) => found.push((name, index)),
            Meant::Absent if wanted.absent == Absent::PassedOver => deletion
                .prepared
                .notes
                .push(format!("there is no index {name}: nothing to delete")),
            Meant::Absent => deletion.prepared.refuse(
                format!("there is no index {name}"),
                match some_there {
                    true => "`esbackup indices list` shows the indices that there are; where an earlier run deleted it, add --ignore-unavailable",
                    false => "`esbackup indices list` shows the indices that there are",
                },
            ),
            Meant::Refused { what, remedy } => deletion.prepared.refuse(what, remedy),
        }
    }
    busy(&mut deletion.prepared, &found, facts);
    for (name, index) in &found {
        if index.uuid.is_empty() {
            deletion.prepared.refuse(
                format!("the engine does not tell the id of index {name}"),
                "without it nobody can tell whether it is still the same index; delete it with a request of your own",
            );
        }
    }
    match &wanted.first {
        Some(first) => with_snapshot(&mut deletion, wanted, first, &found),
        None => with_guard(&mut deletion, wanted, &found, facts),
    }
    deletion.prepared.question = question(&found);
    deletion.targets = found
        .into_iter()
        .map(|(name, index)| Target {
            name,
            uuid: index.uuid.clone(),
        })
        .collect();
    deletion
}

/// Nothing is deleted while a snapshot runs, and no index that is being restored.
fn busy(prepared: &mut Prepared, found: &[(IndexName, &Index)], facts: &Facts) {
    if found.is_empty() {
        return;
    }
    let mut note = |what: String, remedy: &str| {
        prepared.obstacles.push(Obstacle {
            what,
            remedy: remedy.to_owned(),
            cause: ObstacleBy::Busy,
        });
    };
    for running in &facts.running {
        let held: Vec<&str> = found
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| running.indices.iter().any(|index| index == name))
            .collect();
        let taken = match held.is_empty() {
            true => String::new(),
            false => format!(" and takes {}", held.join(", ")),
        };
        note(
            format!(
                "snapshot {}/{} runs{taken}",
                running.repository, running.snapshot
            ),
            &format!(
                "wait until it is done: `esbackup snapshot wait {} --repository {}`; then run it again",
                shell_word(&running.snapshot),
                shell_word(&running.repository)
            ),
        );
    }
    for (name, _) in found {
        let restore = facts
            .restoring
            .iter()
            .find(|one| one.indices.iter().any(|index| index == name.as_str()));
        if let Some(restore) = restore {
            note(
                format!(
                    "index {name} is being restored from {}/{}",
                    restore.repository, restore.snapshot
                ),
                "wait until it is restored, then run it again",
            );
        }
    }
}

fn id(name: &IndexName) -> ResourceId {
    ResourceId::new(Kind::Index, name)
}

fn is_still(name: &IndexName, index: &Index) -> Check {
    Check::IndexIs {
        name: name.clone(),
        uuid: index.uuid.clone(),
    }
}

/// The deletion of one index, with what must hold right before it in any case.
fn delete(name: &IndexName, index: &Index, more: Option<Check>) -> Step {
    let mut before = vec![
        Check::NoSnapshotRuns {
            wait: Duration::ZERO,
        },
        is_still(name, index),
        Check::IndexIdle { name: name.clone() },
    ];
    before.extend(more);
    let call = index::Call::Delete {
        index: name.clone(),
    };
    step(id(name), Call::Index(call), before)
}

/// Deletes what is in a snapshot already.
fn with_guard(
    deletion: &mut Deletion,
    wanted: &Wanted,
    found: &[(IndexName, &Index)],
    facts: &Facts,
) {
    let prepared = &mut deletion.prepared;
    let counts = |one: &&Snapshot| wanted.counted.is_empty() || wanted.counted.contains(&one.name);
    let counted: Vec<Snapshot> = facts.snapshots.iter().filter(counts).cloned().collect();
    let holders = Holders::of(&counted, wanted.environment.as_str());
    for (name, index) in found {
        let mut more = None;
        match holders.held(index) {
            Held::Good(snapshot) => {
                prepared.notes.push(format!(
                    "index {name} is in snapshot {}, which started {}; {UNTOLD}",
                    snapshot.name,
                    told(snapshot.started),
                ));
                // The data must still be there when the index goes.
                more = Some(Check::SnapshotHolds {
                    repository: wanted.repository.clone(),
                    name: snapshot.name.clone(),
                    index: name.clone(),
                });
            }
            not_held => prepared.raised.push(Raised {
                guard: Guard::NoSnapshot,
                target: id(name),
                why: match wanted.counted.as_slice() {
                    [] => unheld(wanted, index, not_held),
                    names => {
                        let each = names
                            .iter()
                            .map(|name| lacks(name, index, wanted, &counted));
                        let each: Vec<String> = each.collect();
                        format!("{}; no other one counts here", each.join("; "))
                    }
                },
            }),
        }
        prepared.steps.push(delete(name, index, more));
    }
}

/// Blocks writes, takes a snapshot, and deletes what it holds.
fn with_snapshot(
    deletion: &mut Deletion,
    wanted: &Wanted,
    first: &First,
    found: &[(IndexName, &Index)],
) {
    if found.is_empty() {
        return;
    }
    let prepared = &mut deletion.prepared;
    if first.readonly {
        prepared.refuse(
            format!(
                "repository {} is registered as readonly in this environment",
                wanted.repository
            ),
            "take the snapshot in the environment that writes to it",
        );
    }
    if !first.keeps_metadata {
        prepared.notes.push(format!(
            "this engine keeps no metadata, so that snapshot {} is not marked as an archive: a prune with --gone-after may delete it later",
            first.name
        ));
    }
    for (name, index) in found {
        if first.blocked.contains(name.as_str()) {
            prepared.notes.push(format!(
                "index {name} refuses writes already; that is left so when the deletion fails"
            ));
            continue;
        }
        let idle = Check::NoSnapshotRuns {
            wait: Duration::ZERO,
        };
        prepared.steps.push(step(
            id(name),
            block(name, Writes::Refused),
            vec![idle, is_still(name, index)],
        ));
        deletion.lift.push(step(
            id(name),
            block(name, Writes::Taken),
            vec![is_still(name, index)],
        ));
    }
    prepared.steps.push(taking(wanted, first, found));
    for (name, index) in found {
        let holds = Check::SnapshotHolds {
            repository: wanted.repository.clone(),
            name: first.name.to_string(),
            index: name.clone(),
        };
        let mut deletion = delete(name, index, Some(holds));
        deletion
            .before
            .push(outcome::Check::Data(refuses_writes(name)));
        prepared.steps.push(deletion);
    }
}

/// A document that was written after the snapshot began would be lost: somebody may have let writes in again.
fn refuses_writes(name: &IndexName) -> Check {
    Check::WritesRefused { name: name.clone() }
}

fn block(name: &IndexName, writes: Writes) -> Call {
    Call::Index(index::Call::Block {
        index: name.clone(),
        writes,
    })
}

fn taking(wanted: &Wanted, first: &First, found: &[(IndexName, &Index)]) -> Step {
    let call = snapshot::Call::Take {
        repository: wanted.repository.clone(),
        name: first.name.clone(),
        take: Take {
            indices: found.iter().map(|(name, _)| name.to_string()).collect(),
            ignore_unavailable: false,
            include_global_state: false,
            partial: false,
            metadata: first.metadata.clone(),
        },
    };
    let mut before = vec![
        Check::NoSnapshotRuns {
            wait: Duration::ZERO,
        },
        Check::SnapshotAbsent {
            repository: wanted.repository.clone(),
            name: first.name.clone(),
        },
    ];
    before.extend(found.iter().map(|(name, index)| is_still(name, index)));
    before.extend(found.iter().map(|(name, _)| refuses_writes(name)));
    let resource = ResourceId::new(Kind::Snapshot, &first.name);
    let mut step = step(resource, Call::Snapshot(call), before);
    step.after = Some(Wait::Snapshot {
        repository: wanted.repository.clone(),
        name: first.name.to_string(),
        timeout: first.timeout,
    });
    step
}

fn question(found: &[(IndexName, &Index)]) -> Question {
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return Question::None;
    }
    let each: Vec<String> = found
        .iter()
        .map(|(name, index)| match index.docs {
            Some(docs) => format!("{name} ({})", documents(docs)),
            None => name.to_string(),
        })
        .collect();
    Question::Typed {
        ask: format!("This deletes {} for good.", each.join(", ")),
        name: names.join(","),
    }
}
