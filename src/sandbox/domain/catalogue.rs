//! What a repository holds, read from its files and written to them in the engines' layout; the files are the only truth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::super::search_state::Millis;
use super::super::state::State;
use super::blobs::Place;
use super::errors::Exception;

/// A file that was read and cannot be understood.
const BROKEN: &str = "could not read repository data because the contents of the repository do not match its expected state";

/// The root file `index-N`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Catalogue {
    /// The N of the file; not written in it.
    #[serde(skip)]
    pub generation: Option<u64>,
    pub snapshots: Vec<Entry>,
    pub indices: BTreeMap<String, IndexEntry>,
}

/// One snapshot in the root file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub name: String,
    pub uuid: String,
    /// 1 SUCCESS, 2 FAILED, 3 PARTIAL.
    pub state: u8,
}

/// One index in the root file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IndexEntry {
    pub id: String,
    /// The uuids of the snapshots that hold it.
    pub snapshots: Vec<String>,
}

/// The file `snap-UUID.dat`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub name: String,
    pub uuid: String,
    pub version_id: u64,
    pub version: String,
    pub indices: Vec<String>,
    #[serde(default)]
    pub data_streams: BTreeMap<String, Vec<String>>,
    pub include_global_state: bool,
    #[serde(default)]
    pub metadata: Option<Value>,
    pub state: String,
    #[serde(default)]
    pub reason: Option<String>,
    pub start: Millis,
    pub end: Millis,
    pub failures: Vec<Failure>,
    pub total_shards: usize,
}

/// A shard that is not in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub index: String,
    pub shard: usize,
    pub reason: String,
}

/// The file `indices/ID/SHARD/snap-UUID.dat`: which data files the shard is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Shard {
    pub files: Vec<ShardFile>,
    /// What this snapshot had to write.
    pub new_files: usize,
    pub new_bytes: u64,
    pub start: Millis,
    pub millis: Millis,
}

/// A data file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ShardFile {
    pub name: String,
    pub bytes: u64,
}

impl Catalogue {
    /// Reads the root file with the highest number; a repository without one is empty.
    pub(super) fn read(state: &State, place: &Place) -> Result<Self, Exception> {
        let newest = place
            .names(state, "index-")
            .iter()
            .filter_map(|name| name.strip_prefix("index-")?.parse::<u64>().ok())
            .max();
        let Some(generation) = newest else {
            return Ok(Self::default());
        };
        let file = format!("index-{generation}");
        // A starting state may hold the name alone.
        let held: Self = match place.read(state, &file) {
            Some(body) if body.0.len() < 2 => Self::default(),
            _ => read(state, place, &file)
                .ok_or_else(|| Exception::new("repository_exception", BROKEN))?,
        };
        Ok(Self {
            generation: Some(generation),
            ..held
        })
    }

    /// Writes the next root file and removes the one before.
    pub(super) fn write(&self, state: &mut State, place: &Place) {
        let next = self.generation.map_or(0, |generation| generation + 1);
        write(state, place, &format!("index-{next}"), self);
        place.write(state, "index.latest", next.to_be_bytes().to_vec());
        if let Some(generation) = self.generation {
            place.remove(state, &format!("index-{generation}"));
        }
    }

    /// Finds a snapshot by its name.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.snapshots.iter().find(|entry| entry.name == name)
    }
}

impl Snapshot {
    /// Reads a snapshot's own file.
    pub(super) fn read(state: &State, place: &Place, uuid: &str) -> Option<Self> {
        read(state, place, &format!("snap-{uuid}.dat"))
    }

    /// Returns the snapshot's state as the root file writes it.
    pub(super) fn ordinal(&self) -> u8 {
        match self.state.as_str() {
            "SUCCESS" => 1,
            "PARTIAL" => 3,
            _ => 2,
        }
    }

    /// Says whether a shard of an index is not in it.
    pub(super) fn failed(&self, index: &str, shard: usize) -> bool {
        let mut failures = self.failures.iter();
        failures.any(|failure| failure.index == index && failure.shard == shard)
    }
}

/// The name of a state in the root file.
pub(super) fn state_name(ordinal: u8) -> &'static str {
    match ordinal {
        1 => "SUCCESS",
        3 => "PARTIAL",
        _ => "FAILED",
    }
}

/// Reads a file as JSON.
pub(super) fn read<T: DeserializeOwned>(state: &State, place: &Place, file: &str) -> Option<T> {
    serde_json::from_slice(&place.read(state, file)?.0).ok()
}

/// Writes a file as JSON.
pub(super) fn write<T: Serialize>(state: &mut State, place: &Place, file: &str, value: &T) {
    // Only a map whose keys are no text cannot be written, and none is here.
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    place.write(state, file, bytes);
}

/// The name of a data file of a shard.
pub(super) fn data(id: &str, shard: usize, file: &str) -> String {
    format!("indices/{id}/{shard}/{file}")
}
