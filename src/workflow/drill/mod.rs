//! Prepares restore drills: which indices, under which temporary names, and how they and what an interrupted drill left are removed. Pure.

pub(crate) mod compare;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::temporary::{self, DIGITS, LONGEST};
use super::{Prepared, Question, step};
use crate::data::cluster::{ClusterHealth, Disk};
use crate::data::index::{self, BLOCK, Health, Index};
use crate::data::select::is_system;
use crate::data::snapshot::{self, Restore, Snapshot, State};
use crate::data::{Check, Restores, Wait};
use crate::names::IndexName;
use crate::plan::Step;
use crate::resources::{Call, Kind, ResourceId};

/// What every temporary index of a drill begins with. A prefix, so that the patterns and templates of users do not match.
pub(crate) const PREFIX: &str = "esbackup-drill-";

/// Stands in a dry run for the id of what a restore would make.
pub(crate) const THE_RESTORED: &str = "the one that was restored";

/// How much of all disks stays free: beyond it engines refuse writes to every index of a node.
/// <https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/cluster-settings/>
const KEPT_FREE_PERCENT: u64 = 5;

/// The temporary name under which an index of a snapshot is restored: the same for the same snapshot, so that what an interrupted run
/// left is found by the next one.
#[must_use]
pub(crate) fn temporary_name(repository: &str, uuid: &str, index: &str) -> Option<IndexName> {
    let digest = temporary::digest(&format!("{repository}/{uuid}/{index}"));
    temporary::name(&format!("{PREFIX}{digest}-"), index)
}

/// The temporary name under which a data stream of a snapshot is restored.
#[must_use]
pub(crate) fn temporary_stream_name(
    repository: &str,
    uuid: &str,
    stream: &str,
) -> Option<IndexName> {
    let digest = temporary::digest(&format!("{repository}/{uuid}/{stream}"));
    temporary::stream_name(&format!("{PREFIX}{digest}-"), stream)
}

/// The indices and data streams of a snapshot that are restored in a drill.
///
/// `number` of them, in an order that follows from the snapshot's id: the same for the same snapshot, and others for the next one, so that
/// drills of one snapshot after the other come round to every index.
#[must_use]
pub(crate) fn sample(snapshot: &Snapshot, number: usize) -> Vec<String> {
    let mut ranked: Vec<(Vec<u8>, &str)> = snapshot
        .indices
        .iter()
        .chain(snapshot.data_streams.iter().map(|stream| &**stream))
        .filter(|index| !index.starts_with('.') && !is_system(index) && !index.starts_with(PREFIX))
        .map(|index| {
            let rank = Sha256::digest(format!("{}/{index}", snapshot.uuid));
            (rank.to_vec(), index)
        })
        .collect();
    ranked.sort();
    let first = ranked.into_iter().take(number);
    first.map(|(_, index)| index.to_owned()).collect()
}

/// The named indices, or those of them that the snapshot does not hold.
///
/// # Errors
/// What the snapshot does not hold.
pub(crate) fn named(snapshot: &Snapshot, names: &[String]) -> Result<Vec<String>, Vec<String>> {
    let mut all: Vec<String> = names.to_vec();
    all.sort();
    all.dedup();
    let lost: Vec<String> = all
        .iter()
        .filter(|name| !snapshot.holds(name) && !holds_stream(snapshot, name))
        .cloned()
        .collect();
    if lost.is_empty() { Ok(all) } else { Err(lost) }
}

fn holds_stream(snapshot: &Snapshot, name: &str) -> bool {
    snapshot.data_streams.iter().any(|stream| **stream == *name)
}

/// One restore of a drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drill {
    /// The repository.
    pub repository: String,
    /// The snapshot.
    pub snapshot: String,
    /// The snapshot's id.
    pub uuid: String,
    /// The index, or the data stream, in the snapshot.
    pub index: IndexName,
    /// Backing indices of a data stream, by their names in the snapshot; none for an index.
    pub backing: Vec<IndexName>,
    /// The name that it is restored under.
    pub temporary: IndexName,
    /// The bytes of it in the snapshot; none where the engine does not tell.
    pub bytes: Option<u64>,
    /// How long the restore is waited for.
    pub timeout: Duration,
    /// How long a snapshot that runs is waited for.
    pub wait_for_running: Duration,
}

/// How the domain is before a drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Room {
    /// Its health.
    pub health: ClusterHealth,
    /// Its disks.
    pub disks: Vec<Disk>,
}

impl Drill {
    /// Tells whether a data stream is restored.
    #[must_use]
    pub(crate) fn is_stream(&self) -> bool {
        !self.backing.is_empty()
    }

    /// Names what is restored, in a sentence.
    #[must_use]
    pub(crate) fn named(&self) -> String {
        match self.is_stream() {
            false => self.index.to_string(),
            true => format!("data stream {}", self.index),
        }
    }

    /// The indices that come back: the temporary one, or the backing indices of the temporary data stream.
    #[must_use]
    pub(crate) fn targets(&self) -> Vec<IndexName> {
        match self.is_stream() {
            false => vec![self.temporary.clone()],
            true => temporary::backing(&self.index, &self.temporary, &self.backing),
        }
    }

    /// Prepares the restore. It touches nothing but the temporary index, which must not be there.
    #[must_use]
    pub(crate) fn restore(&self, room: &Room) -> Prepared {
        let mut prepared = Prepared::default();
        if room.health.health == Health::Red {
            prepared.refuse(
                "the domain is red: shards of its own indices have no node",
                "let the domain recover first",
            );
        }
        if let Some(words) = self.too_large(&room.disks) {
            prepared.refuse(words, "choose smaller ones with --indices, or make room");
        }
        prepared.steps.push(self.restoring());
        prepared
    }

    fn too_large(&self, disks: &[Disk]) -> Option<String> {
        let Some(bytes) = self.bytes else {
            return Some(format!(
                "the engine does not tell how large {} is, so nobody can tell whether it fits",
                self.index
            ));
        };
        let sum = |of: fn(&Disk) -> u64| disks.iter().map(of).fold(0_u64, u64::saturating_add);
        let (free, total) = (sum(|disk| disk.free), sum(|disk| disk.total));
        let kept = total / 100 * KEPT_FREE_PERCENT;
        (bytes.saturating_add(kept) > free).then(|| {
            format!(
                "{} has {bytes} bytes; the domain's disks have {free} bytes free of {total}, of which {KEPT_FREE_PERCENT} % stay free",
                self.index
            )
        })
    }

    /// The call that starts the restore, with what is checked before it and waited for after it.
    #[must_use]
    pub(crate) fn restoring(&self) -> Step {
        let mut settings = Map::new();
        // One copy is enough to be looked at, and it is gone soon.
        settings.insert("index.number_of_replicas".to_owned(), json!(0));
        let (indices, streams, rename) = match self.is_stream() {
            false => (
                vec![self.index.clone()],
                Vec::new(),
                Some(temporary::renamed(&self.temporary)),
            ),
            true => (
                self.backing.clone(),
                vec![self.index.clone()],
                temporary::renamed_stream(&self.index, &self.temporary),
            ),
        };
        let restore = Restore {
            indices,
            streams,
            rename,
            include_aliases: false,
            include_global_state: false,
            index_settings: settings,
            ignore_index_settings: vec![BLOCK.to_owned()],
            partial: false,
            targets: self.targets(),
        };
        let mut before = vec![
            // A snapshot of everything would take the temporary index as well, and hold it.
            Check::NoSnapshotRuns {
                wait: self.wait_for_running,
            },
            Check::SnapshotIs {
                repository: self.repository.clone(),
                name: self.snapshot.clone(),
                uuid: self.uuid.clone(),
                state: State::Success,
                restores: Restores::DoNotMatter,
            },
            Check::IndexAbsent {
                name: self.temporary.clone(),
            },
        ];
        if self.is_stream() {
            let name = self.temporary.clone();
            before.push(Check::StreamAbsent { name });
            let targets = self.targets().into_iter();
            before.extend(targets.map(|name| Check::IndexAbsent { name }));
        }
        let call = snapshot::Call::Restore {
            repository: self.repository.clone(),
            name: self.snapshot.clone(),
            restore,
        };
        let mut step = step(id(&self.temporary), Call::Snapshot(call), before);
        step.after = Some(Wait::Restored {
            repository: self.repository.clone(),
            snapshot: self.snapshot.clone(),
            targets: self.targets(),
            timeout: self.timeout,
        });
        step
    }

    /// Removes the temporary index that was restored, by its exact name and id.
    #[must_use]
    pub(crate) fn remove(&self, uuid: &str) -> Prepared {
        Prepared {
            steps: vec![match self.is_stream() {
                false => removal(&self.temporary, uuid, self.wait_for_running),
                true => removal_of_stream(
                    &self.temporary,
                    uuid,
                    &self.targets(),
                    self.wait_for_running,
                ),
            }],
            ..Prepared::default()
        }
    }
}

fn id(name: &IndexName) -> ResourceId {
    ResourceId::new(Kind::Index, name)
}

fn removal(name: &IndexName, uuid: &str, wait: Duration) -> Step {
    let before = vec![
        Check::NoSnapshotRuns { wait },
        Check::IndexIs {
            name: name.clone(),
            uuid: uuid.to_owned(),
        },
        Check::IndexIdle { name: name.clone() },
    ];
    let call = index::Call::Delete {
        index: name.clone(),
    };
    step(id(name), Call::Index(call), before)
}

fn removal_of_stream(
    name: &IndexName,
    identity: &str,
    backing: &[IndexName],
    wait: Duration,
) -> Step {
    let mut before = vec![
        Check::NoSnapshotRuns { wait },
        Check::StreamIs {
            name: name.clone(),
            identity: identity.to_owned(),
        },
    ];
    let idle = backing.iter().cloned();
    before.extend(idle.map(|name| Check::IndexIdle { name }));
    let stream = name.clone();
    step(
        id(name),
        Call::Index(index::Call::DeleteStream { stream }),
        before,
    )
}

/// What an interrupted drill left: an index, or a data stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    /// Its name.
    pub name: String,
    /// Its id; that of a data stream is the identity of its backing indices.
    pub uuid: String,
    /// Backing indices of a data stream.
    pub backing: Vec<String>,
}

impl From<&Index> for Left {
    fn from(index: &Index) -> Self {
        Self {
            name: index.name.clone(),
            uuid: index.uuid.clone(),
            backing: Vec::new(),
        }
    }
}

/// Whether an index can be what a drill left: it has a drill's name, and it was restored from an index of another name.
///
/// The setting keeps the name that an index was first created under, through every restore; so what was itself restored under another name
/// has neither the drill's nor its own there. An index that somebody creates under a drill's name, also by date math, is called so from the
/// beginning, and is no drill's.
#[must_use]
pub(crate) fn is_left_over(name: &str, settings: &Map<String, Value>) -> bool {
    let Some((digest, original)) = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split_once('-'))
    else {
        return false;
    };
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let provided = settings.get("index.provided_name").and_then(Value::as_str);
    let restored = provided.is_some_and(|provided| {
        let exact = provided == original;
        let cut = name.len() == LONGEST && provided.starts_with(original);
        exact || cut || !(provided.is_empty() || provided.contains(PREFIX))
    });
    digest.len() == DIGITS && digest.chars().all(hexadecimal) && !original.is_empty() && restored
}

/// Prepares the removal of what interrupted drills left; it asks.
#[must_use]
pub(crate) fn clear(left: &[Left], wait: Duration) -> Prepared {
    let mut prepared = Prepared::default();
    let mut each = Vec::new();
    for index in left {
        match IndexName::parse(&index.name) {
            Ok(name) if !index.uuid.is_empty() => {
                each.push(name.to_string());
                let backing = index.backing.iter();
                let backing: Vec<IndexName> = backing
                    .filter_map(|name| IndexName::parse(name).ok())
                    .collect();
                prepared.steps.push(match index.backing.is_empty() {
                    true => removal(&name, &index.uuid, wait),
                    false => removal_of_stream(&name, &index.uuid, &backing, wait),
                });
            }
            _ => prepared.notes.push(format!(
                "{} is left over, and cannot be removed safely",
                index.name
            )),
        }
    }
    if !each.is_empty() {
        prepared.question = Question::Yes(format!(
            "An interrupted drill left {}. Remove it?",
            each.join(", ")
        ));
    }
    prepared
}
