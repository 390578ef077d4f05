//! What a domain holds besides its registrations: indices with their documents, and what runs; plain data without rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Milliseconds since 1970, by the sandbox's clock.
pub(super) type Millis = i64;

/// An index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    pub uuid: String,
    /// When the index, or the one that it was restored from, was created.
    pub created: Millis,
    /// The version id of the engine that made it.
    pub version: u64,
    /// Every setting as text, by its full name (`index.number_of_shards`).
    pub settings: BTreeMap<String, String>,
    #[serde(default)]
    pub mappings: Value,
    #[serde(default)]
    pub aliases: BTreeMap<String, Value>,
    #[serde(default)]
    pub closed: bool,
    /// Whether a node took its shards.
    pub assigned: bool,
    #[serde(default)]
    pub documents: Documents,
    /// Writes that no search sees yet.
    #[serde(default)]
    pub unrefreshed: Option<Unrefreshed>,
    /// The restore that it comes from.
    #[serde(default)]
    pub recovery: Option<Recovery>,
}

/// What is written and not refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unrefreshed {
    /// When the first of it was written.
    pub since: Millis,
    /// How many documents were there.
    pub before: usize,
}

/// Documents by id, as JSON text, shared between copies of the state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Documents(pub Arc<BTreeMap<String, String>>);

impl Serialize for Documents {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Documents {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(|held| Self(Arc::new(held)))
    }
}

/// A restore of one index, running or over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recovery {
    pub repository: String,
    pub snapshot: String,
    pub snapshot_uuid: String,
    pub started: Millis,
    pub ends: Millis,
    /// The sizes of the files of each shard.
    pub shards: Vec<Vec<u64>>,
    /// Places of the shards that could not be restored.
    #[serde(default)]
    pub failed: Vec<usize>,
}

/// A snapshot that runs, or that has just ended and is not written yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Taking {
    pub repository: String,
    pub snapshot: String,
    pub uuid: String,
    pub started: Millis,
    /// When the copying begins: behind what runs already.
    pub begins: Millis,
    pub ends: Millis,
    pub include_global_state: bool,
    #[serde(default)]
    pub metadata: Option<Value>,
    /// The indices as they were at the start.
    pub indices: BTreeMap<String, Index>,
    /// The data streams that it takes, with their backing indices at the start.
    #[serde(default)]
    pub data_streams: BTreeMap<String, Vec<String>>,
    /// The shards without a primary: index, shard, reason.
    #[serde(default)]
    pub failures: Vec<(String, usize, String)>,
    /// Why the whole of it fails.
    #[serde(default)]
    pub reason: Option<String>,
    /// The sizes of the files that are not in the repository yet, by index and shard.
    pub new_files: BTreeMap<String, Vec<Vec<u64>>>,
}

impl Taking {
    /// Says whether a data stream of it lacks a backing index: engines fail on that at the very end.
    pub(super) fn is_torn(&self) -> bool {
        let mut backing = self.data_streams.values().flatten();
        backing.any(|index| !self.indices.contains_key(index))
    }
}

/// How fast a domain copies; `None` is at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Rates {
    pub snapshot_bytes_per_second: Option<u64>,
    pub restore_bytes_per_second: Option<u64>,
}

/// The part of a domain that its engine keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Cluster {
    pub nodes: u32,
    /// Availability zones; more than one demands that each has as many copies.
    pub zones: u32,
    /// Bytes of each node's disk.
    pub disk_bytes: u64,
    pub rates: Rates,
    pub indices: BTreeMap<String, Index>,
    /// Data streams with their indices, the newest last.
    pub data_streams: BTreeMap<String, Vec<String>>,
    pub taking: Vec<Taking>,
    /// Cluster settings that were set: `persistent.NAME` or `transient.NAME`.
    pub settings: BTreeMap<String, String>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            nodes: 1,
            zones: 1,
            disk_bytes: 100 * 1024 * 1024 * 1024,
            rates: Rates::default(),
            indices: BTreeMap::new(),
            data_streams: BTreeMap::new(),
            taking: Vec::new(),
            settings: BTreeMap::new(),
        }
    }
}
