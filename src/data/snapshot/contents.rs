//! What a snapshot that ended holds of each index, as `_status` reads it from the repository: shards, files and bytes. Reads only.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::remote::is_missing;
use crate::domain::{Error, Read, Reads};

/// How many bytes of an answer are read: a row for each shard.
const LONGEST: usize = 48 * 1024 * 1024;

/// What a snapshot holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Each index.
    pub indices: BTreeMap<String, Part>,
}

/// What a snapshot holds of one index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "WireIndex")]
pub struct Part {
    /// Its shards.
    pub shards: u64,
    /// Those of them that are whole.
    pub done: u64,
    /// The files of all its shards, those of earlier snapshots included.
    pub files: u64,
    /// The bytes of these files.
    pub bytes: u64,
}

impl Contents {
    /// All of it.
    #[must_use]
    pub fn sum(&self) -> Part {
        let mut all = Part::default();
        for part in self.indices.values() {
            all.shards = all.shards.saturating_add(part.shards);
            all.done = all.done.saturating_add(part.done);
            all.files = all.files.saturating_add(part.files);
            all.bytes = all.bytes.saturating_add(part.bytes);
        }
        all
    }
}

/// Reads what a snapshot holds; none when there is no such snapshot. The engine reads the file list of every shard for it.
///
/// # Errors
/// What the domain or the network answered.
pub async fn read(client: &Reads, repository: &str, name: &str) -> Result<Option<Contents>, Error> {
    let request = Read::get(["_snapshot", repository, name, "_status"]);
    match client.fetch(&request, LONGEST, decode).await {
        Ok(contents) => Ok(Some(contents)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
struct Answer {
    snapshots: Vec<Wire>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    indices: BTreeMap<String, Part>,
}

#[derive(Deserialize)]
struct WireIndex {
    shards_stats: WireShards,
    stats: WireStats,
}

impl From<WireIndex> for Part {
    fn from(index: WireIndex) -> Self {
        Self {
            shards: index.shards_stats.total,
            done: index.shards_stats.done,
            files: index.stats.total.file_count,
            bytes: index.stats.total.size_in_bytes,
        }
    }
}

#[derive(Deserialize)]
struct WireShards {
    total: u64,
    done: u64,
}

#[derive(Deserialize)]
struct WireStats {
    total: WireTotal,
}

#[derive(Deserialize)]
struct WireTotal {
    file_count: u64,
    size_in_bytes: u64,
}

/// Reads `GET _snapshot/REPOSITORY/NAME/_status`.
///
/// # Errors
/// When the text is no such answer.
pub fn decode(text: &[u8]) -> Result<Contents, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(text)?;
    let mut contents = Contents::default();
    for mut one in answer.snapshots {
        contents.indices.append(&mut one.indices);
    }
    Ok(contents)
}
