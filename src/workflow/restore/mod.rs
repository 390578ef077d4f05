//! Prepares a restore: which indices, under which names, and what stands in the way. Pure: nothing here reads, and nothing is overwritten
//! unless that was asked for.

mod choose;
mod engine;
mod fit;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};

use super::select::{Expression, Rename, SystemIndices, is_system};
use super::{Guard, Prepared, Question, Raised, step};
use crate::data::cluster::{Attribute, ClusterHealth, Disk, Watermark};
use crate::data::index::{self, Health, Index, IndexHealth, Recovery};
use crate::data::snapshot::{self, Restore, Snapshot, State, listed};
use crate::data::{Check, Restores, Wait};
use crate::domain::Engine;
use crate::names::IndexName;
use crate::plan::Step;
use crate::resources::{Call, Kind, ResourceId};

pub use choose::newest;

/// How long a snapshot that runs is waited for before an index is closed or deleted.
pub const WAIT_FOR_RUNNING: Duration = Duration::from_secs(600);
/// The setting that makes an index refuse writes. What was blocked when its snapshot was taken would come back blocked.
pub const BLOCK: &str = "index.blocks.write";

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
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
pub enum Existing {
    /// They stand in the way.
    Keep,
    /// They are closed and overwritten.
    Close,
    /// They are replaced, once the restored ones are proven.
    Replace,
}

/// How somebody agrees to what destroys data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// A person types a name at a terminal.
    Typed,
    /// By `--allow` and `--yes`.
    Options,
    /// Nobody has to: the calls are only shown.
    Shown,
}

/// What was read of the domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The engine, where that is known.
    pub engine: Option<Engine>,
    /// All indices.
    pub indices: Vec<Index>,
    /// The aliases of each index.
    pub aliases: BTreeMap<String, BTreeSet<String>>,
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
pub type Advice<T> = Result<T, String>;

/// The indices of a restore.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    /// Each index by its name in the snapshot and its name afterwards.
    pub pairs: Vec<(IndexName, IndexName)>,
    /// What was found on the way: notes and obstacles.
    pub prepared: Prepared,
}

/// Which indices of a snapshot are restored, and under which names.
#[must_use]
pub fn scope(wanted: &Wanted, snapshot: &Snapshot) -> Scope {
    let mut scope = Scope::default();
    let sources = choose::choose(wanted, snapshot, &mut scope.prepared);
    let targets = match &wanted.rename {
        None => Ok(sources.clone()),
        Some(rename) => rename.targets(&sources),
    };
    match targets {
        Ok(targets) => scope.pairs = sources.into_iter().zip(targets).collect(),
        Err(error) => scope.prepared.refuse(
            error_words(&error),
            "choose another --rename FROM TO or --prefix",
        ),
    }
    scope
}

fn error_words(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", error_words(source)),
        None => error.to_string(),
    }
}

/// What can be said before anything is sent, whatever is done with indices of the same names.
#[must_use]
pub fn inspect(wanted: &Wanted, snapshot: &Snapshot, scope: &Scope, facts: &Facts) -> Prepared {
    let mut prepared = scope.prepared.clone();
    state(wanted, snapshot, scope, &mut prepared);
    engine::check(snapshot.engine, facts.engine, &mut prepared);
    for (source, _) in scope
        .pairs
        .iter()
        .filter(|(source, _)| is_system(source.as_str()))
    {
        prepared.raised.push(Raised {
            guard: Guard::SystemIndex,
            target: ResourceId::new(Kind::Index, source),
            why: "it belongs to the engine or to its security: restored, it takes effect for everybody".to_owned(),
        });
    }
    if wanted.include_global_state {
        prepared.notes.push(match snapshot.global_state {
            Some(false) => format!("{} holds no global state", snapshot.name),
            _ => "the global state comes back too: templates, pipelines and persistent settings of the snapshot take the place of those of the same names".to_owned(),
        });
    }
    red(wanted, scope, facts, &mut prepared);
    fit::check(wanted, scope, facts, &mut prepared);
    prepared
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
                State::InProgress => "wait for its end with `esbackup snapshot wait`",
                _ => "choose a snapshot that is SUCCESS: `esbackup snapshot list` shows them",
            },
        ),
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
    prepared.raised.push(Raised {
        guard: Guard::Red,
        target: ResourceId::new(Kind::Domain, "health"),
        why: format!("the domain is red: shards are missing of {}", listed(&red)),
    });
}

/// Prepares a restore that replaces nothing one by one.
#[must_use]
pub fn prepare(wanted: &Wanted, snapshot: &Snapshot, scope: &Scope, facts: &Facts) -> Prepared {
    let mut prepared = inspect(wanted, snapshot, scope, facts);
    let overwritten = conflicts(wanted, scope, facts, &mut prepared);
    if scope.pairs.is_empty() {
        return prepared;
    }
    for index in &overwritten {
        prepared.steps.extend(closing(index));
    }
    consent(wanted, snapshot, &overwritten, &mut prepared);
    let restored: Vec<_> = scope.pairs.clone();
    prepared.steps.push(restoring(wanted, snapshot, &restored));
    prepared
}

/// Says what has the names already; returns what is overwritten.
#[must_use]
pub fn conflicts<'f>(
    wanted: &Wanted,
    scope: &Scope,
    facts: &'f Facts,
    prepared: &mut Prepared,
) -> Vec<&'f Index> {
    let (mut overwritten, mut taken) = (Vec::new(), Vec::new());
    let ways = "choose other names with --rename FROM TO or --prefix, or --replace them once the restored ones are proven, or overwrite \
                them with --close-existing";
    for (_, target) in &scope.pairs {
        let name = target.as_str();
        if let Some(index) = facts.indices.iter().find(|index| index.name == name) {
            match wanted.existing {
                Existing::Keep if index.open => taken.push(format!("index {name} is open")),
                Existing::Keep => taken.push(format!(
                    "index {name} is closed, and a restore would overwrite it"
                )),
                Existing::Close | Existing::Replace => overwritten.push(index),
            }
        }
        let behind: Vec<&str> = facts
            .aliases
            .iter()
            .filter(|(_, aliases)| aliases.contains(name))
            .map(|(index, _)| index.as_str())
            .collect();
        if !behind.is_empty() {
            prepared.refuse(
                format!("{name} is an alias of {}", listed(&behind)),
                "choose another name with --rename FROM TO or --prefix, or remove the alias",
            );
        }
        if facts.data_streams.contains(name) {
            prepared.refuse(
                format!("{name} is a data stream"),
                "choose another name with --rename FROM TO or --prefix",
            );
        }
    }
    for what in taken {
        prepared.refuse(what, ways);
    }
    overwritten
}

/// Whether the targets of an earlier, interrupted run are all being restored from this very snapshot: then there is only waiting left.
#[must_use]
pub fn resumes(
    wanted: &Wanted,
    snapshot: &Snapshot,
    scope: &Scope,
    healths: &BTreeMap<String, IndexHealth>,
    recoveries: &[Recovery],
) -> bool {
    let from_it = |row: &Recovery| {
        row.kind == "snapshot"
            && row.repository == wanted.repository
            && row.snapshot == snapshot.name
    };
    let ours = |(_, target): &(IndexName, IndexName)| {
        let mut rows = recoveries.iter().filter(|row| row.index == target.as_str());
        healths.contains_key(target.as_str())
            && rows.clone().any(from_it)
            && rows.all(|row| from_it(row) || row.kind == "peer")
    };
    let grows = healths
        .values()
        .any(|health| !health.is_complete() && health.initializing > 0);
    !scope.pairs.is_empty() && scope.pairs.iter().all(ours) && grows
}

/// What is done before an index is overwritten.
fn closing(index: &Index) -> Vec<Step> {
    let Ok(name) = IndexName::parse(&index.name) else {
        return Vec::new();
    };
    if !index.open {
        return Vec::new();
    }
    let id = ResourceId::new(Kind::Index, &name);
    let before = vec![
        // Old engines let an index be closed while a snapshot of it runs, and the snapshot fails.
        Check::NoSnapshotRuns {
            wait: WAIT_FOR_RUNNING,
        },
        Check::IndexIs {
            name: name.clone(),
            uuid: index.uuid.clone(),
        },
    ];
    vec![step(
        id,
        Call::Index(index::Call::Close { index: name }),
        before,
    )]
}

fn consent(wanted: &Wanted, snapshot: &Snapshot, overwritten: &[&Index], prepared: &mut Prepared) {
    if overwritten.is_empty() {
        return;
    }
    let docs = |index: &Index| match index.docs {
        Some(docs) => format!("{} ({docs} documents)", index.name),
        None => format!("{} (documents unknown)", index.name),
    };
    let each: Vec<String> = overwritten.iter().map(|index| docs(index)).collect();
    let each: Vec<&str> = each.iter().map(String::as_str).collect();
    if wanted.consent == Consent::Options {
        for index in overwritten {
            prepared.raised.push(Raised {
                guard: Guard::Replace,
                target: ResourceId::new(Kind::Index, &index.name),
                why: format!("{} is overwritten before the restored one is proven; --replace proves it first", docs(index)),
            });
        }
    }
    prepared.question = Question::Typed {
        ask: format!(
            "{} will be overwritten from snapshot {}.",
            each.join(", "),
            snapshot.name
        ),
        name: match overwritten {
            [one] => one.name.clone(),
            _ => snapshot.name.clone(),
        },
    };
}

/// The restore itself.
#[must_use]
pub fn restoring(wanted: &Wanted, snapshot: &Snapshot, pairs: &[(IndexName, IndexName)]) -> Step {
    let targets: Vec<IndexName> = pairs.iter().map(|(_, target)| target.clone()).collect();
    let restore = Restore {
        indices: pairs.iter().map(|(source, _)| source.clone()).collect(),
        rename: wanted.rename.as_ref().map(Rename::sent),
        include_aliases: wanted.include_aliases,
        include_global_state: wanted.include_global_state,
        index_settings: wanted.index_settings.clone(),
        ignore_index_settings: ignored(wanted),
        partial: wanted.partial,
        targets: targets.clone(),
    };
    let mut step = restore_step(wanted, snapshot, restore);
    step.before.extend(targets.into_iter().map(|name| {
        crate::resources::outcome::Check::Data(match wanted.existing {
            Existing::Close => Check::IndexNotOpen { name },
            Existing::Keep | Existing::Replace => Check::IndexAbsent { name },
        })
    }));
    step
}

/// A restore with what must hold of its snapshot, and the wait for its end.
#[must_use]
pub fn restore_step(wanted: &Wanted, snapshot: &Snapshot, restore: Restore) -> Step {
    let targets = restore.targets.clone();
    let call = snapshot::Call::Restore {
        repository: wanted.repository.clone(),
        name: snapshot.name.clone(),
        restore,
    };
    let before = vec![Check::SnapshotIs {
        repository: wanted.repository.clone(),
        name: snapshot.name.clone(),
        uuid: snapshot.uuid.clone(),
        state: snapshot.state.clone(),
        restores: Restores::DoNotMatter,
    }];
    let id = ResourceId::new(Kind::Snapshot, &snapshot.name);
    let mut step = step(id, Call::Snapshot(call), before);
    step.after = wanted
        .timeout
        .map(|timeout| waiting(wanted, snapshot, targets, timeout));
    step
}

/// The wait for restored indices.
#[must_use]
pub fn waiting(
    wanted: &Wanted,
    snapshot: &Snapshot,
    targets: Vec<IndexName>,
    timeout: Duration,
) -> Wait {
    Wait::Restored {
        repository: wanted.repository.clone(),
        snapshot: snapshot.name.clone(),
        targets,
        timeout,
    }
}

/// The settings that restored indices lose: an index whose writes were blocked when its snapshot was taken would come back blocked.
#[must_use]
pub fn ignored(wanted: &Wanted) -> Vec<String> {
    let mut all = wanted.ignore_index_settings.clone();
    if !all.iter().any(|name| name == BLOCK) {
        all.push(BLOCK.to_owned());
    }
    all
}
