//! Prepares the deletion of indices: which single index each name means, what stands in the way, and the calls. Pure.

mod found;
mod held;
pub(crate) mod target;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Obstacle, Prepared, Question, step};
use crate::data::index::{self, Index, Writes};
use crate::data::snapshot::{self, Running, Snapshot, Take};
use crate::data::{Check, Wait};
use crate::failure::Class;
use crate::hazard::{Hazard, Word};
use crate::moment::told;
use crate::names::{EnvironmentName, IndexName, SnapshotName};
use crate::outlet::safe::shell_word;
use crate::plan::Step;
use crate::resources::{self, Call, Kind, ResourceId};
use found::Found;
use held::{UNTOLD, lacks, unheld};
use target::Meant;

/// The guards that a deletion can meet.
pub(crate) const GUARDS: [Word; 1] = [Word::NoSnapshot];

pub(crate) use held::{Held, Holders, lacked};

/// What was read before anything is decided.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
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
pub(crate) struct Wanted {
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
pub(crate) enum Absent {
    /// The name is wrong.
    Refused,
    /// It was deleted already.
    PassedOver,
}

/// A snapshot of the indices, taken right before they are deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct First {
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
pub(crate) struct Deletion {
    /// The calls and what stands in their way.
    pub prepared: Prepared,
    /// What is deleted.
    pub targets: Vec<Target>,
    /// What lets writes in again when the deletion fails: one call for each index that it blocked.
    pub lift: Vec<Step>,
}

/// One index or data stream that is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Its name.
    pub name: IndexName,
    /// Its id; that of a data stream is the identity of its backing indices.
    pub uuid: String,
    /// Whether it is a data stream.
    pub stream: bool,
}

impl Target {
    /// Names it in a sentence.
    #[must_use]
    pub(crate) fn named(&self) -> String {
        let kind = if self.stream { "data stream" } else { "index" };
        format!("{kind} {}", self.name)
    }
}

/// Prepares a deletion.
#[must_use]
pub(crate) fn prepare(wanted: &Wanted, facts: &Facts) -> Deletion {
    let mut deletion = Deletion::default();
    let mut names: BTreeSet<&String> = BTreeSet::new();
    let mut found = Vec::new();
    let is_there = |name: &String| {
        matches!(
            target::meant(name, facts),
            Meant::Index(..) | Meant::Stream(..)
        )
    };
    let some_there = wanted.names.iter().any(is_there);
    for name in wanted.names.iter().filter(|name| names.insert(name)) {
        match target::meant(name, facts) {
            Meant::Index(name, index) => found.push(Found::index(name, index)),
            Meant::Stream(name, backing) => found.push(Found::stream(name, backing)),
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
    for one in &found {
        if one.identity().is_none() {
            deletion.prepared.refuse(
                format!("the engine does not tell the id of {}", one.named()),
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
        .map(|one| Target {
            uuid: one.identity().unwrap_or_default(),
            stream: one.is_stream,
            name: one.name,
        })
        .collect();
    deletion
}

/// Nothing is deleted while a snapshot runs, and no index that is being restored.
fn busy(prepared: &mut Prepared, found: &[Found<'_>], facts: &Facts) {
    if found.is_empty() {
        return;
    }
    let mut note = |what: String, remedy: &str| {
        prepared.obstacles.push(Obstacle {
            what,
            remedy: remedy.to_owned(),
            class: Class::Busy,
        });
    };
    for running in &facts.running {
        let held: Vec<&str> = found
            .iter()
            .flat_map(Found::indices)
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
    for (name, _) in found.iter().flat_map(Found::indices) {
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

/// The deletion of one index or data stream, with what must hold right before it in any case.
fn delete(one: &Found<'_>, more: Option<Check>) -> Step {
    let mut before = vec![
        Check::NoSnapshotRuns {
            wait: Duration::ZERO,
        },
        one.is_still(),
    ];
    let idle = one
        .indices()
        .map(|(name, _)| Check::IndexIdle { name: name.clone() });
    before.extend(idle);
    before.extend(more);
    step(id(&one.name), Call::Index(one.deletion()), before)
}

/// Deletes what is in a snapshot already.
fn with_guard(deletion: &mut Deletion, wanted: &Wanted, found: &[Found<'_>], facts: &Facts) {
    let prepared = &mut deletion.prepared;
    let counts = |one: &&Snapshot| wanted.counted.is_empty() || wanted.counted.contains(&one.name);
    let counted: Vec<Snapshot> = facts.snapshots.iter().filter(counts).cloned().collect();
    let holders = Holders::of(&counted, wanted.environment.as_str());
    for one in found {
        let mut more = None;
        match one.held(wanted.environment.as_str(), &counted, &holders) {
            Held::Good(snapshot) => {
                prepared.notes.push(format!(
                    "{} is in snapshot {}, which started {}; {UNTOLD}",
                    one.named(),
                    snapshot.name,
                    told(snapshot.started),
                ));
                // The data must still be there when the index goes.
                more = Some(one.is_held(&wanted.repository, &snapshot.name));
            }
            not_held => prepared.raised.push(Hazard {
                word: Word::NoSnapshot,
                target: id(&one.name).to_string(),
                why: match wanted.counted.as_slice() {
                    [] => unheld(wanted, one, not_held),
                    names => {
                        let each = names.iter().map(|name| lacks(name, one, wanted, &counted));
                        let each: Vec<String> = each.collect();
                        format!("{}; no other one counts here", each.join("; "))
                    }
                },
            }),
        }
        prepared.steps.push(delete(one, more));
    }
}

/// Blocks writes, takes a snapshot, and deletes what it holds.
fn with_snapshot(deletion: &mut Deletion, wanted: &Wanted, first: &First, found: &[Found<'_>]) {
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
    for (name, index) in found.iter().flat_map(Found::indices) {
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
    for one in found {
        let holds = one.is_held(&wanted.repository, first.name.as_str());
        let mut deletion = delete(one, Some(holds));
        deletion
            .before
            .push(resources::Check::Data(one.refuses_writes()));
        prepared.steps.push(deletion);
    }
}

fn block(name: &IndexName, writes: Writes) -> Call {
    Call::Index(index::Call::Block {
        index: name.clone(),
        writes,
    })
}

fn taking(wanted: &Wanted, first: &First, found: &[Found<'_>]) -> Step {
    let call = snapshot::Call::Take {
        repository: wanted.repository.clone(),
        name: first.name.clone(),
        take: Take {
            indices: found.iter().map(|one| one.name.to_string()).collect(),
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
    before.extend(found.iter().map(Found::is_still));
    // A document that was written after the snapshot began would be lost: somebody may have let writes in again.
    before.extend(found.iter().map(Found::refuses_writes));
    let resource = ResourceId::new(Kind::Snapshot, &first.name);
    let mut step = step(resource, Call::Snapshot(call), before);
    step.after = Some(Wait::Snapshot {
        repository: wanted.repository.clone(),
        name: first.name.to_string(),
        timeout: first.timeout,
    });
    step
}

fn question(found: &[Found<'_>]) -> Question {
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    if names.is_empty() {
        return Question::None;
    }
    let each: Vec<String> = found.iter().map(Found::told).collect();
    Question::Typed {
        ask: format!("This deletes {} for good.", each.join(", ")),
        name: names.join(","),
    }
}
