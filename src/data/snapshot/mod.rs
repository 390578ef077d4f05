//! Snapshots: what is known of one, and the calls that take, restore and delete them.

pub(crate) mod aliases;
pub(crate) mod contents;
pub(crate) mod decode;
mod list;
mod names;
pub(crate) mod remote;
mod streams;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::data::index::stream::stream_of;
use crate::domain::{Engine, Method, Request};
use crate::moment::Moment;
use crate::names::{ENVIRONMENT, MANAGED_BY, PRODUCT};
use crate::names::{EnvironmentName, IndexName, SnapshotName};
use crate::operations::operations;

#[cfg(test)]
pub(crate) use decode::ShardProgress;
pub(crate) use decode::{Progress, Running};
pub use list::Brief;
pub(crate) use list::{List, Unread, Why, possible_copies, possible_holders};
pub(crate) use names::{Bits, ByName, FirstHolders, NameSet, Numeral};

/// One snapshot, as `GET _snapshot/REPOSITORY/NAME` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// Its id, which no other snapshot has; empty where the engine does not tell.
    pub uuid: String,
    /// How it ended, or that it runs.
    pub state: State,
    /// When it began, by the domain's clock.
    pub started: Option<Moment>,
    /// When it ended, by the domain's clock.
    pub ended: Option<Moment>,
    /// The indices that it holds; names are shared among the snapshots of one list.
    pub indices: NameSet,
    /// The data streams that it holds.
    pub data_streams: Vec<Arc<str>>,
    /// Its shards.
    pub shards: Shards,
    /// The shards that failed, each with its reason.
    pub failures: Vec<ShardFailure>,
    /// Whether it holds the cluster's global state; old engines do not tell.
    pub global_state: Option<bool>,
    /// The engine that took it.
    pub engine: Option<Engine>,
    /// The metadata that it carries.
    pub metadata: BTreeMap<String, String>,
    /// Why it failed as a whole, where the engine says so.
    pub reason: Option<String>,
}

/// The state of a snapshot.
/// <https://docs.opensearch.org/latest/api-reference/snapshots/get-snapshot/>
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum State {
    /// Every shard of it is there: the only state that counts as good.
    Success,
    /// Some shards failed.
    Partial,
    /// It failed.
    Failed,
    /// It runs.
    InProgress,
    /// This engine cannot read it.
    Incompatible,
    /// A word that no documentation knows.
    Other(String),
}

impl State {
    /// The engine's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            State::Success => "SUCCESS",
            State::Partial => "PARTIAL",
            State::Failed => "FAILED",
            State::InProgress => "IN_PROGRESS",
            State::Incompatible => "INCOMPATIBLE",
            State::Other(word) => word,
        }
    }

    /// Reads the engine's word. `_status` has words of its own for a snapshot that runs.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "SUCCESS" => State::Success,
            "PARTIAL" => State::Partial,
            "FAILED" => State::Failed,
            "IN_PROGRESS" | "STARTED" | "INIT" => State::InProgress,
            "INCOMPATIBLE" => State::Incompatible,
            other => State::Other(other.to_owned()),
        }
    }
}

/// How many shards a snapshot has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Shards {
    /// All.
    pub total: u64,
    /// Those that are in the repository.
    pub successful: u64,
    /// Those that are not.
    pub failed: u64,
}

/// One shard that is not in the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ShardFailure {
    /// The index.
    pub index: String,
    /// Its shard.
    pub shard: u64,
    /// The engine's reason.
    pub reason: String,
}

/// The key of the metadata that says who took a snapshot.
pub(crate) const TAKEN_BY: &str = "taken-by";
/// The key of the metadata that says which esbackup took a snapshot.
pub(crate) const VERSION: &str = "esbackup-version";

/// The key of the metadata that holds the ARN of the domain that took a snapshot.
pub(crate) const DOMAIN: &str = "esbackup-domain";
/// The key of the metadata that marks a snapshot as an archive: prune never deletes it.
pub(crate) const ARCHIVE: &str = "esbackup-archive";

/// The metadata of a snapshot that this environment takes; 6.x drops it silently.
#[must_use]
pub(crate) fn mark(environment: &EnvironmentName, taken_by: &str) -> BTreeMap<String, String> {
    [
        (MANAGED_BY, PRODUCT),
        (ENVIRONMENT, environment.as_str()),
        (TAKEN_BY, taken_by),
        (VERSION, env!("CARGO_PKG_VERSION")),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

/// The same metadata, with the mark of an archive.
#[must_use]
pub(crate) fn mark_archive(mut metadata: BTreeMap<String, String>) -> BTreeMap<String, String> {
    metadata.insert(ARCHIVE.to_owned(), "true".to_owned());
    metadata
}

impl Snapshot {
    /// Whether it is complete and holds something: the only kind that counts as a backup. Engines call one of a pattern that matches
    /// nothing a success.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.state == State::Success && self.shards.failed == 0 && !self.indices.is_empty()
    }

    /// Returns the indices of which every shard is in it: all of a good one, and of a PARTIAL one those without a failed shard. Where a
    /// PARTIAL one does not name each shard that failed, none counts.
    pub fn whole_indices(&self) -> impl Iterator<Item = &str> {
        let whole = self.whole_numbers();
        let names = whole.iter().filter_map(|number| self.indices.name(number));
        names.collect::<Vec<_>>().into_iter()
    }

    /// Returns the same indices by their numbers among its indices.
    #[must_use]
    pub fn whole_numbers(&self) -> Cow<'_, Bits> {
        if self.is_good() {
            return Cow::Borrowed(self.indices.numbers());
        }
        let failed: BTreeSet<(&str, u64)> = self
            .failures
            .iter()
            .map(|failure| (failure.index.as_str(), failure.shard))
            .collect();
        let all_named = usize::try_from(self.shards.failed) == Ok(failed.len());
        let counts = self.state == State::Partial && all_named;
        let broken: BTreeSet<&str> = failed.into_iter().map(|(index, _)| index).collect();
        let is_whole = |number: &u32| {
            let name = self.indices.name(*number);
            counts && name.is_some_and(|name| !broken.contains(name))
        };
        Cow::Owned(self.indices.numbers().iter().filter(is_whole).collect())
    }

    /// Tells whether it is marked to be kept for good.
    #[must_use]
    pub fn is_archive(&self) -> bool {
        let ours = self.metadata.get(MANAGED_BY).map(String::as_str) == Some(PRODUCT);
        ours && self.metadata.get(ARCHIVE).map(String::as_str) == Some("true")
    }

    /// Whether it holds an index.
    #[must_use]
    pub fn holds(&self, index: &str) -> bool {
        self.indices.contains(index)
    }

    /// The environment that its metadata names, when esbackup took it.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        let ours = self.metadata.get(MANAGED_BY).map(String::as_str) == Some(PRODUCT);
        let name = self.metadata.get(ENVIRONMENT).map(String::as_str);
        name.filter(|_| ours)
    }

    /// The environment that took it, when its metadata names another than this one: it holds what that one's domain had.
    #[must_use]
    pub fn of_another(&self, environment: &str) -> Option<&str> {
        self.environment().filter(|name| *name != environment)
    }

    /// Returns the ARN of the domain that took it, if esbackup wrote one into its metadata.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.metadata.get(DOMAIN).map(String::as_str)
    }

    /// Who took it, where its metadata says so.
    #[must_use]
    pub fn taken_by(&self) -> Option<&str> {
        self.metadata.get(TAKEN_BY).map(String::as_str)
    }

    /// How long it took.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.ended?.since(self.started?)
    }
}

/// The newest good one of some snapshots.
pub(crate) fn newest_good<'s>(
    snapshots: impl IntoIterator<Item = &'s Snapshot>,
) -> Option<&'s Snapshot> {
    snapshots
        .into_iter()
        .filter(|one| one.is_good())
        .max_by_key(|one| (one.started, &one.name))
}

/// What a snapshot is taken of; by default everything that is open, whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Take {
    /// Patterns and exclusions in their order; never beginning with an exclusion.
    pub indices: Vec<String>,
    /// Whether indices that are not there are passed over.
    pub ignore_unavailable: bool,
    /// Whether the cluster's global state goes with it.
    pub include_global_state: bool,
    /// Whether it may leave out shards that are not available.
    pub partial: bool,
    /// Who took it; 6.x drops this silently.
    pub metadata: BTreeMap<String, String>,
}

/// What is restored of a snapshot, and how.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Restore {
    /// The exact names of the indices, those that back data streams among them.
    pub indices: Vec<IndexName>,
    /// The exact names of the data streams.
    pub streams: Vec<IndexName>,
    /// What renames them: a regular expression, and what takes its place.
    pub rename: Option<(String, String)>,
    /// Whether their aliases come back.
    pub include_aliases: bool,
    /// Whether the cluster's global state comes back.
    pub include_global_state: bool,
    /// Settings that take the place of theirs.
    pub index_settings: Map<String, Value>,
    /// Settings that they lose.
    pub ignore_index_settings: Vec<String>,
    /// Whether shards that the snapshot lacks come back empty.
    pub partial: bool,
    /// The names that they have afterwards, in the order of `indices`.
    pub targets: Vec<IndexName>,
}

/// A request to the domain about a snapshot.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Call {
    /// Starts a snapshot; never waits for its end.
    Take {
        /// The repository.
        repository: String,
        /// The new snapshot.
        name: SnapshotName,
        /// What is taken.
        take: Take,
    },
    /// Starts a restore; never waits for its end.
    Restore {
        /// The repository.
        repository: String,
        /// The snapshot.
        name: String,
        /// What is restored.
        restore: Restore,
    },
    /// Deletes a snapshot.
    Delete {
        /// The repository.
        repository: String,
        /// The snapshot.
        name: String,
    },
}

operations!(Call of "es" {
    Call::Take { .. } => "PUT _snapshot/_",
    Call::Restore { .. } => "POST _snapshot/_/_restore",
    Call::Delete { .. } => "DELETE _snapshot/_",
});

impl Call {
    /// What it does, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Call::Take { name, .. } => format!("start snapshot {name}"),
            Call::Restore { name, restore, .. } => {
                let names = restore.named();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("start restoring {} from {name}", listed(&names))
            }
            Call::Delete { name, .. } => format!("delete snapshot {name}"),
        }
    }

    /// The request as it is sent.
    #[must_use]
    pub fn request(&self) -> Request {
        match self {
            Call::Take {
                repository,
                name,
                take,
            } => Request::write(
                Method::Put,
                ["_snapshot", repository, name.as_str()],
                Some(take.body()),
            )
            .with_query("wait_for_completion", "false"),
            // Amazon drops URL parameters of signed POSTs; not to wait is the engines' default.
            Call::Restore {
                repository,
                name,
                restore,
            } => Request::write(
                Method::Post,
                ["_snapshot", repository, name, "_restore"],
                Some(restore.body()),
            ),
            Call::Delete { repository, name } => {
                Request::write(Method::Delete, ["_snapshot", repository, name], None)
            }
        }
    }
}

impl Take {
    fn body(&self) -> Value {
        let mut body = json!({
            "indices": self.indices.join(","),
            "ignore_unavailable": self.ignore_unavailable,
            "include_global_state": self.include_global_state,
            "partial": self.partial,
        });
        if let (Value::Object(fields), false) = (&mut body, self.metadata.is_empty()) {
            fields.insert("metadata".to_owned(), json!(self.metadata));
        }
        body
    }
}

impl Restore {
    /// Returns what is there afterwards, a data stream in place of its backing indices.
    fn named(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for target in &self.targets {
            let stream = stream_of(target.as_str()).filter(|_| !self.streams.is_empty());
            let name = stream.map_or_else(
                || target.to_string(),
                |stream| format!("data stream {stream}"),
            );
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
    fn body(&self) -> Value {
        let names = self.streams.iter().chain(&self.indices);
        let names: Vec<&str> = names.map(IndexName::as_str).collect();
        let mut body = json!({
            "indices": names.join(","),
            "include_global_state": self.include_global_state,
            "include_aliases": self.include_aliases,
            "partial": self.partial,
        });
        let Value::Object(fields) = &mut body else {
            return body;
        };
        // The security plugin knows indices only, and refuses the name of a stream as one that is not there.
        // <https://github.com/opensearch-project/security/issues/4751>
        if !self.streams.is_empty() {
            fields.insert("ignore_unavailable".to_owned(), json!(true));
        }
        if let Some((pattern, replacement)) = &self.rename {
            fields.insert("rename_pattern".to_owned(), json!(pattern));
            fields.insert("rename_replacement".to_owned(), json!(replacement));
        }
        if !self.index_settings.is_empty() {
            fields.insert("index_settings".to_owned(), json!(self.index_settings));
        }
        if !self.ignore_index_settings.is_empty() {
            let names = json!(self.ignore_index_settings);
            fields.insert("ignore_index_settings".to_owned(), names);
        }
        body
    }
}

/// Names for a sentence: all of a few, the first of many and their number.
#[must_use]
pub(crate) fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    match names {
        [] => "nothing".to_owned(),
        names if names.len() <= SHOWN => names.join(", "),
        names => {
            let shown: Vec<&str> = names.iter().take(SHOWN).copied().collect();
            format!("{} and {} more", shown.join(", "), names.len() - SHOWN)
        }
    }
}
