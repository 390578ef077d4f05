//! Turns what the engines answer about snapshots into types, while it arrives. Names of indices are shared, since thousands of snapshots
//! repeat them.

mod elements;
mod status;

#[cfg(test)]
pub(crate) use status::ShardProgress;
pub use status::running;
pub use status::statuses;
pub(crate) use status::{Progress, Running, progresses};

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::names::{Interner, NameSet, Unsorted};
use super::{Brief, ShardFailure, Shards, Snapshot, State};
use crate::domain::answer::weight;
use crate::domain::{Arriving, Engine, EngineKind, Undecoded};
use crate::moment::Moment;
use elements::{Elements, NoList};

/// OpenSearch sets this bit in version ids, so that they are higher than every one of Elasticsearch.
/// <https://github.com/opensearch-project/OpenSearch/blob/main/libs/core/src/main/java/org/opensearch/Version.java>
const OPENSEARCH: i64 = 0x0800_0000;

/// How much memory what is kept of one answer may take: a hundred and fifty thousand snapshots, or three hundred thousand names.
const MOST_KEPT: usize = 32 * 1024 * 1024;

/// How much memory one snapshot may be expected to take while it is decoded, beside the names of its indices.
const HEAVIEST: usize = 16 * 1024 * 1024;

/// What a text takes beside its characters, with its place among others.
const TEXT: usize = 80;

/// What is kept of each snapshot of an answer.
pub trait Kept: Sized {
    /// Reads one snapshot, without the names of its indices.
    ///
    /// # Errors
    /// When the text is no snapshot.
    fn read(element: &[u8]) -> Result<Self, Undecoded>;

    /// Number of bytes that it takes, without the names of its indices.
    fn size(&self) -> usize;

    /// Adds the names of its indices.
    fn with_indices(self, indices: NameSet) -> Self;
}

/// Decodes a list of snapshots while it arrives.
#[derive(Debug)]
pub struct Decoder<T> {
    elements: Elements,
    names: Interner,
    found: Vec<(T, Option<Unsorted>)>,
    size: usize,
    no_list: NoList,
}

impl<T> Decoder<T> {
    /// Decodes an answer whose fields were filtered.
    #[must_use]
    pub fn of_filtered() -> Self {
        Self {
            no_list: NoList::Empty,
            ..Self::default()
        }
    }
}

impl<T> Default for Decoder<T> {
    fn default() -> Self {
        Self {
            elements: Elements::default(),
            names: Interner::default(),
            found: Vec::new(),
            size: 0,
            no_list: NoList::default(),
        }
    }
}

impl<T: Kept> Arriving for Decoder<T> {
    type Whole = Vec<T>;

    fn take(&mut self, bytes: &[u8]) -> Result<(), Undecoded> {
        let (found, size) = (&mut self.found, &mut self.size);
        let mut see = |element: &[u8], names: Option<Unsorted>, interner: &Interner| {
            if weight(element) > HEAVIEST {
                return Err(Undecoded::TooMuch);
            }
            let one = T::read(element)?;
            *size += size_of::<(T, Option<Unsorted>)>() + one.size();
            if *size + interner.size() > MOST_KEPT {
                return Err(Undecoded::TooMuch);
            }
            found.push((one, names));
            Ok(())
        };
        self.elements.take(bytes, &mut self.names, &mut see)?;
        // One snapshot alone may name more than is kept.
        match self.names.size() > MOST_KEPT {
            true => Err(Undecoded::TooMuch),
            false => Ok(()),
        }
    }

    fn end(self) -> Result<Vec<T>, Undecoded> {
        self.elements.end(self.no_list)?;
        let none = NameSet::default();
        let sorted = self.names.sorted();
        let with = |(one, names): (T, Option<Unsorted>)| {
            one.with_indices(names.map_or_else(|| none.clone(), &sorted))
        };
        Ok(self.found.into_iter().map(with).collect())
    }
}

/// Reads a whole list of snapshots.
///
/// # Errors
/// When the text is no such list, or holds more than is kept.
pub fn snapshots(text: &[u8]) -> Result<Vec<Snapshot>, Undecoded> {
    whole(text)
}

/// Reads a whole list of snapshots without their details.
///
/// # Errors
/// When the text is no such list, or holds more than is kept.
pub fn briefs(text: &[u8]) -> Result<Vec<Brief>, Undecoded> {
    whole(text)
}

fn whole<T: Kept>(text: &[u8]) -> Result<Vec<T>, Undecoded> {
    let mut decoder = Decoder::default();
    decoder.take(text)?;
    decoder.end()
}

/// One snapshot of a list without details on the wire.
#[derive(Deserialize)]
struct WireBrief {
    snapshot: String,
    #[serde(default)]
    uuid: String,
    #[serde(default)]
    state: Option<String>,
    #[serde(default, rename = "indices")]
    _indices: Vec<IgnoredAny>,
}

impl Kept for Brief {
    fn read(element: &[u8]) -> Result<Self, Undecoded> {
        let wire: WireBrief = serde_json::from_slice(element)?;
        Ok(Self {
            state: state(wire.state.as_deref()),
            name: wire.snapshot.into(),
            uuid: wire.uuid.into(),
            indices: NameSet::default(),
        })
    }

    fn size(&self) -> usize {
        let word = match &self.state {
            State::Other(word) => word.len(),
            _ => 0,
        };
        2 * size_of::<usize>() + self.name.len() + self.uuid.len() + word
    }

    fn with_indices(self, indices: NameSet) -> Self {
        Self { indices, ..self }
    }
}

fn state(word: Option<&str>) -> State {
    word.map_or_else(|| State::Other("UNKNOWN".to_owned()), State::parse)
}

/// One snapshot on the wire; whatever an engine leaves out has a meaning of its own.
#[derive(Deserialize)]
struct Wire {
    snapshot: String,
    #[serde(default)]
    uuid: String,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    start_time_in_millis: Option<i64>,
    #[serde(default)]
    end_time_in_millis: Option<i64>,
    #[serde(default, rename = "indices")]
    _indices: Vec<IgnoredAny>,
    #[serde(default)]
    data_streams: Vec<String>,
    #[serde(default)]
    shards: WireShards,
    #[serde(default)]
    failures: Vec<Value>,
    #[serde(default)]
    include_global_state: Option<bool>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    version_id: Option<i64>,
    #[serde(default)]
    metadata: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct WireShards {
    #[serde(default)]
    total: u64,
    #[serde(default)]
    successful: u64,
    #[serde(default)]
    failed: u64,
}

impl Kept for Snapshot {
    fn read(element: &[u8]) -> Result<Self, Undecoded> {
        let wire: Wire = serde_json::from_slice(element)?;
        let state = state(wire.state.as_deref());
        let moment = |millis: Option<i64>| millis.filter(|m| *m > 0).and_then(Moment::from_millis);
        Ok(Snapshot {
            started: moment(wire.start_time_in_millis),
            // A snapshot that runs has an end of 0.
            ended: moment(wire.end_time_in_millis).filter(|_| state != State::InProgress),
            state,
            indices: NameSet::default(),
            data_streams: wire.data_streams.into_iter().map(Arc::from).collect(),
            shards: Shards {
                total: wire.shards.total,
                successful: wire.shards.successful,
                failed: wire.shards.failed,
            },
            failures: wire.failures.iter().map(failure).collect(),
            global_state: wire.include_global_state,
            engine: engine(wire.version.as_deref(), wire.version_id),
            metadata: wire.metadata.map(texts).unwrap_or_default(),
            reason: wire.reason,
            name: wire.snapshot,
            uuid: wire.uuid,
        })
    }

    fn size(&self) -> usize {
        let failures = self
            .failures
            .iter()
            .map(|one| size_of::<ShardFailure>() + one.index.len() + one.reason.len());
        let metadata = self
            .metadata
            .iter()
            .map(|(key, value)| 2 * TEXT + key.len() + value.len());
        let streams = self.data_streams.iter().map(|name| TEXT + name.len());
        self.name.len()
            + self.uuid.len()
            + self.reason.as_ref().map_or(0, String::len)
            + failures.chain(metadata).chain(streams).sum::<usize>()
    }

    fn with_indices(self, indices: NameSet) -> Self {
        Self { indices, ..self }
    }
}

fn texts(metadata: BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    metadata
        .into_iter()
        .map(|(key, value)| (key, text(value)))
        .collect()
}

fn engine(version: Option<&str>, id: Option<i64>) -> Option<Engine> {
    let version = version?;
    let kind = match id {
        Some(id) if id & OPENSEARCH != 0 => EngineKind::OpenSearch,
        Some(_) => EngineKind::Elasticsearch,
        None => return None,
    };
    Engine::with_version(kind, version)
}

fn failure(value: &Value) -> ShardFailure {
    let text = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    ShardFailure {
        index: text("index"),
        shard: value
            .get("shard_id")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
        reason: text("reason"),
    }
}
