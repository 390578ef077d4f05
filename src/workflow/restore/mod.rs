//! Prepares a restore: which indices, under which names, and what stands in the way. Pure: nothing here reads, and nothing is overwritten
//! unless that was asked for.

mod aliases;
mod choose;
mod conflicts;
mod engine;
mod fit;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};

use super::Prepared;
use crate::causes::words;
use crate::data::cluster::{Attribute, ClusterHealth, Disk, Watermark};
use crate::data::index::{Health, Index};
use crate::data::select::{Expression, Rename, RenameError, SystemIndices, is_system};
use crate::data::snapshot::{Snapshot, State, listed};
use crate::domain::Engine;
use crate::hazard::{Hazard, Word};
use crate::names::IndexName;
use crate::outlet::safe::shell_word;
use crate::resources::{Kind, ResourceId};

pub(crate) use choose::{holds, newest};
pub(crate) use conflicts::{Names, conflicts, taken};
pub(crate) use steps::{Finished, ignored, prepare, restore_step, resumes, waiting};

/// The guards that it can meet.
pub(crate) const GUARDS: [Word; 4] = [Word::Replace, Word::SystemIndex, Word::Red, Word::Space];

/// How long a snapshot that runs is waited for before an index is closed or deleted.
pub(crate) const WAIT_FOR_RUNNING: Duration = Duration::from_secs(600);

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    /// The repository.
    pub repository: String,
    /// Which indices.
    pub indices: Expression,
    /// What is done with system indices that are named.
    pub system: SystemIndices,
    /// What renames them.
    pub rename: Option<Rename>,
    /// Whether their aliases come back.
    pub include_aliases: bool,
    /// Whether an index that is replaced comes back without its aliases.
    pub without_aliases: bool,
    /// Whether the cluster's global state comes back.
    pub include_global_state: bool,
    /// Settings that take the place of theirs.
    pub index_settings: Map<String, Value>,
    /// Settings that they lose.
    pub ignore_index_settings: Vec<String>,
    /// Whether shards that the snapshot lacks may be missing.
    pub partial: bool,
    /// What is done with indices of the same names.
    pub existing: Existing,
    /// How long the end is waited for; not at all when none.
    pub timeout: Option<Duration>,
    /// How consent is given.
    pub consent: Consent,
}

/// What is done with indices that have the names of restored ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// They stand in the way.
    Keep,
    /// They are closed and overwritten.
    Close,
    /// They are replaced, once the restored ones are proven.
    Replace,
}

/// How somebody agrees to what destroys data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// A person types a name at a terminal.
    Typed,
    /// By `--allow` and `--yes`.
    Options,
    /// A person agreed to the run that this is a step of, before the numbers of documents were known.
    Beforehand,
    /// Nobody has to: the calls are only shown.
    Shown,
}

/// What was read of the domain.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Facts {
    /// The engine, where that is known.
    pub engine: Option<Engine>,
    /// All indices.
    pub indices: Vec<Index>,
    /// The aliases of each index.
    pub aliases: BTreeMap<String, BTreeSet<String>>,
    /// The index that each alias writes to, where one was named for that.
    pub writers: BTreeMap<String, BTreeSet<String>>,
    /// The names of the data streams.
    pub data_streams: BTreeSet<String>,
    /// The health of the domain.
    pub health: ClusterHealth,
    /// The disks.
    pub disks: Advice<Vec<Disk>>,
    /// How full they may become.
    pub watermark: Watermark,
    /// The attributes of the nodes.
    pub attributes: Advice<Vec<Attribute>>,
    /// The bytes of each index of the snapshot.
    pub sizes: Advice<BTreeMap<String, u64>>,
    /// The settings of indices that are there and have the name of one in the snapshot.
    pub settings: BTreeMap<String, Map<String, Value>>,
}

/// A fact that helps and decides nothing: where it is missing the reason is told.
pub(crate) type Advice<T> = Result<T, String>;

/// The indices of a restore.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scope {
    /// Each index by its name in the snapshot and its name afterwards.
    pub pairs: Vec<(IndexName, IndexName)>,
    /// Each data stream that comes back; its backing indices are among the pairs.
    pub streams: Vec<StreamPair>,
    /// What was found on the way: notes and obstacles.
    pub prepared: Prepared,
}

/// A data stream of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamPair {
    /// Name in the snapshot.
    pub source: IndexName,
    /// Name afterwards.
    pub target: IndexName,
    /// Backing indices by their names in the snapshot, oldest first.
    pub sources: Vec<IndexName>,
    /// Each backing index by its name in the snapshot and its name afterwards, oldest first.
    pub backing: Vec<(IndexName, IndexName)>,
}

impl StreamPair {
    /// Tells whether one of its backing indices has this name afterwards.
    #[must_use]
    pub(crate) fn has(&self, index: &str) -> bool {
        self.backing
            .iter()
            .any(|(_, target)| target.as_str() == index)
    }
}

impl Scope {
    /// Returns the indices that back no data stream of the restore.
    pub(crate) fn plain(&self) -> impl Iterator<Item = &(IndexName, IndexName)> {
        let backs = |pair: &&(IndexName, IndexName)| {
            let mut backing = self.streams.iter().flat_map(|stream| &stream.backing);
            backing.any(|one| one.0 == pair.0)
        };
        self.pairs.iter().filter(move |pair| !backs(pair))
    }
}

/// Which indices of a snapshot are restored, and under which names.
#[must_use]
pub(crate) fn scope(wanted: &Wanted, snapshot: &Snapshot) -> Scope {
    let mut scope = Scope::default();
    let chosen = choose::choose(wanted, snapshot, &mut scope.prepared);
    match renamed(wanted, chosen) {
        Ok((pairs, streams)) => {
            scope.pairs = pairs;
            let backing = streams.iter().flat_map(|stream| stream.backing.clone());
            scope.pairs.extend(backing);
            scope.streams = streams;
        }
        Err(error) => scope
            .prepared
            .refuse(words(&error), "choose another --rename FROM TO or --prefix"),
    }
    scope
}

type Renamed = (Vec<(IndexName, IndexName)>, Vec<StreamPair>);

/// Gives indices and data streams their new names. All of them are asked for at once, so that no two get the same.
fn renamed(wanted: &Wanted, chosen: choose::Chosen) -> Result<Renamed, RenameError> {
    let (indices, streams) = (chosen.indices, chosen.streams);
    let mut sources = indices.clone();
    sources.extend(streams.iter().map(|(stream, _)| stream.clone()));
    let mut targets = match &wanted.rename {
        None => sources,
        Some(rename) => rename.targets(&sources)?,
    };
    let of_streams = targets.split_off(indices.len().min(targets.len()));
    let mut all = Vec::new();
    for ((source, backing), target) in streams.into_iter().zip(of_streams) {
        let renamed = match &wanted.rename {
            None => backing.clone(),
            Some(rename) => rename.backing(&backing)?,
        };
        all.push(StreamPair {
            source,
            target,
            sources: backing.clone(),
            backing: backing.into_iter().zip(renamed).collect(),
        });
    }
    Ok((indices.into_iter().zip(targets).collect(), all))
}

/// What can be said before anything is sent, whatever is done with indices of the same names.
#[must_use]
pub(crate) fn inspect(
    wanted: &Wanted,
    snapshot: &Snapshot,
    scope: &Scope,
    facts: &Facts,
) -> Prepared {
    let mut prepared = scope.prepared.clone();
    state(wanted, snapshot, scope, &mut prepared);
    engine::check(snapshot.engine, facts.engine, &mut prepared);
    contents(wanted, snapshot, scope, &mut prepared);
    red(wanted, scope, facts, &mut prepared);
    fit::check(wanted, scope, facts, &mut prepared);
    aliases::check(wanted, snapshot, scope, facts, &mut prepared);
    prepared
}

/// What can be said of a snapshot alone, whatever the domain is like.
#[must_use]
pub(crate) fn alone(wanted: &Wanted, snapshot: &Snapshot, scope: &Scope) -> Prepared {
    let mut prepared = scope.prepared.clone();
    state(wanted, snapshot, scope, &mut prepared);
    contents(wanted, snapshot, scope, &mut prepared);
    prepared
}

/// What is special about what is restored.
fn contents(wanted: &Wanted, snapshot: &Snapshot, scope: &Scope, prepared: &mut Prepared) {
    for (source, _) in scope
        .pairs
        .iter()
        .filter(|(source, _)| is_system(source.as_str()))
    {
        prepared.raised.push(Hazard {
            word: Word::SystemIndex,
            target: ResourceId::new(Kind::Index, source).to_string(),
            why: "it belongs to the engine or to its security: restored, it takes effect for everybody".to_owned(),
        });
    }
    if wanted.include_global_state {
        match snapshot.global_state {
            Some(false) => prepared.refuse(
                format!("snapshot {} holds no global state", snapshot.name),
                "leave out --include-global-state",
            ),
            _ => prepared.notes.push("the global state comes back too: templates, pipelines and persistent settings of the snapshot take the place of those of the same names".to_owned()),
        }
    }
    settings_change(wanted, prepared);
}

fn state(wanted: &Wanted, snapshot: &Snapshot, scope: &Scope, prepared: &mut Prepared) {
    let name = &snapshot.name;
    let asked = |failed: &str| {
        scope
            .pairs
            .iter()
            .any(|(source, _)| source.as_str() == failed)
    };
    let mut lost: Vec<&str> = snapshot
        .failures
        .iter()
        .map(|failure| failure.index.as_str())
        .filter(|failed| asked(failed))
        .collect();
    lost.dedup();
    match &snapshot.state {
        State::Success => {}
        State::Partial if wanted.partial => {
            let lost = if lost.is_empty() {
                "all shards of the indices asked for are in it".to_owned()
            } else {
                format!("shards are missing of {}, which will not become complete", listed(&lost))
            };
            prepared.notes.push(format!("snapshot {name} is PARTIAL: {lost}"));
        }
        State::Partial => prepared.refuse(
            if lost.is_empty() {
                format!("snapshot {name} is PARTIAL, although no shard of the indices asked for is missing in it")
            } else {
                format!("snapshot {name} is PARTIAL: shards are missing of {}", listed(&lost))
            },
            "choose a snapshot that is SUCCESS, or add --partial",
        ),
        other => prepared.refuse(
            format!("snapshot {name} is {}", other.as_str()),
            match other {
                State::InProgress => format!(
                    "wait for its end: `esbackup snapshot wait {} --repository {}`",
                    shell_word(name),
                    shell_word(&wanted.repository)
                ),
                _ => "choose a snapshot that is SUCCESS: `esbackup snapshot list` shows them".to_owned(),
            },
        ),
    }
}

/// Settings that an index is born with, and that no engine lets a restore change.
const BORN_WITH: [&str; 3] = [
    "index.number_of_shards",
    "index.version.created",
    "index.uuid",
];

/// Says which settings cannot be changed: engines refuse the whole restore for one of them.
pub(crate) fn settings_change(wanted: &Wanted, prepared: &mut Prepared) {
    let born_with = |name: &&String| BORN_WITH.contains(&name.as_str());
    let lost = |name: &&String| born_with(name) || *name == "index.number_of_replicas";
    for name in wanted.index_settings.keys().filter(born_with) {
        prepared.refuse(
            format!("no restore changes the setting {name}"),
            "leave it out of --index-settings; what is restored can be reindexed, split or shrunk into another index",
        );
    }
    for name in wanted.ignore_index_settings.iter().filter(lost) {
        prepared.refuse(
            format!("no restore takes the setting {name} away"),
            "leave it out of --ignore-index-settings; the number of replicas can be set with --index-settings",
        );
    }
}

/// A domain that lost shards may be in the middle of its trouble. An index that is overwritten may be the very one.
fn red(wanted: &Wanted, scope: &Scope, facts: &Facts, prepared: &mut Prepared) {
    if facts.health.health != Health::Red {
        return;
    }
    let overwritten = |index: &&Index| {
        wanted.existing != Existing::Keep
            && scope.pairs.iter().any(|(_, to)| to.as_str() == index.name)
    };
    let red: Vec<&str> = facts
        .indices
        .iter()
        .filter(|index| index.health == Some(Health::Red) && !overwritten(index))
        .map(|index| index.name.as_str())
        .collect();
    if red.is_empty() {
        prepared
            .notes
            .push("the domain is red because of what is restored now".to_owned());
        return;
    }
    prepared.raised.push(Hazard {
        word: Word::Red,
        target: ResourceId::new(Kind::Domain, "health").to_string(),
        why: format!("the domain is red: shards are missing of {}", listed(&red)),
    });
}
