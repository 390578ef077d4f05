//! Turns what the engines answer about snapshots into types. Names of indices are shared, since thousands of snapshots repeat them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{ShardFailure, Shards, Snapshot, State};
use crate::domain::{Engine, EngineKind};
use crate::moment::Moment;

/// OpenSearch sets this bit in version ids, so that they are higher than every one of Elasticsearch.
/// <https://github.com/opensearch-project/OpenSearch/blob/main/libs/core/src/main/java/org/opensearch/Version.java>
const OPENSEARCH: i64 = 0x0800_0000;

/// Reads a list of snapshots.
///
/// # Errors
/// When the text is no such list.
pub fn snapshots(text: &[u8]) -> Result<Vec<Snapshot>, serde_json::Error> {
    let names = Names::default();
    let mut reader = serde_json::Deserializer::from_slice(text);
    let list = Answer(&names).deserialize(&mut reader)?;
    reader.end()?;
    Ok(list)
}

/// The names seen so far in one answer.
#[derive(Default)]
struct Names(RefCell<BTreeSet<Arc<str>>>);

impl Names {
    fn shared(&self, name: &str) -> Arc<str> {
        let mut seen = self.0.borrow_mut();
        if let Some(known) = seen.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(name);
        seen.insert(Arc::clone(&new));
        new
    }
}

/// `{"snapshots": [...]}`.
struct Answer<'n>(&'n Names);

impl<'de> DeserializeSeed<'de> for Answer<'_> {
    type Value = Vec<Snapshot>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_> {
    type Value = Vec<Snapshot>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of snapshots")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut list = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "snapshots" {
                list = Some(map.next_value_seed(List(self.0))?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        list.ok_or_else(|| serde::de::Error::missing_field("snapshots"))
    }
}

struct List<'n>(&'n Names);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = Vec<Snapshot>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = Vec<Snapshot>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("snapshots")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Self::Value, S::Error> {
        let mut all = Vec::new();
        while let Some(one) = seq.next_element_seed(One(self.0))? {
            all.push(one);
        }
        Ok(all)
    }
}

struct One<'n>(&'n Names);

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Snapshot;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        // One at a time, so that the long way through owned names holds one snapshot's only.
        Wire::deserialize(from).map(|wire| wire.snapshot(self.0))
    }
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
    #[serde(default)]
    indices: Vec<String>,
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

impl Wire {
    fn snapshot(self, names: &Names) -> Snapshot {
        let state = self
            .state
            .as_deref()
            .map_or_else(|| State::Other("UNKNOWN".to_owned()), State::parse);
        let moment = |millis: Option<i64>| millis.filter(|m| *m > 0).and_then(Moment::from_millis);
        let shared = |all: &[String]| all.iter().map(|name| names.shared(name)).collect();
        Snapshot {
            started: moment(self.start_time_in_millis),
            // A snapshot that runs has an end of 0.
            ended: moment(self.end_time_in_millis).filter(|_| state != State::InProgress),
            state,
            indices: shared(&self.indices),
            data_streams: shared(&self.data_streams),
            shards: Shards {
                total: self.shards.total,
                successful: self.shards.successful,
                failed: self.shards.failed,
            },
            failures: self.failures.iter().map(failure).collect(),
            global_state: self.include_global_state,
            engine: engine(self.version.as_deref(), self.version_id),
            metadata: self.metadata.map(texts).unwrap_or_default(),
            reason: self.reason,
            name: self.snapshot,
            uuid: self.uuid,
        }
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

/// A snapshot or restore that runs somewhere on the domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its repository.
    pub repository: String,
    /// Its name.
    pub snapshot: String,
    /// The indices in it.
    pub indices: Vec<String>,
}

/// How far a snapshot is, as `_status` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The state, in the words of snapshots.
    pub state: State,
    /// Its shards.
    pub shards: ShardProgress,
    /// How many bytes were written in this snapshot so far.
    pub bytes_done: u64,
    /// How many bytes it has to write.
    pub bytes_total: u64,
    /// How many bytes its files have in all, those of earlier snapshots included.
    pub bytes_held: Option<u64>,
    /// How long it has been running, by the domain's clock.
    pub running: Option<std::time::Duration>,
}

/// How far the shards of a snapshot are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct ShardProgress {
    /// All.
    #[serde(default)]
    pub total: u64,
    /// Done.
    #[serde(default)]
    pub done: u64,
    /// Failed.
    #[serde(default)]
    pub failed: u64,
}

/// Reads `GET _snapshot/_status`: what runs.
#[must_use]
pub fn running(body: &Value) -> Option<Vec<Running>> {
    let list = body.get("snapshots")?.as_array()?;
    let text = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
    let one = |one: &Value| {
        Some(Running {
            repository: text(one, "repository")?,
            snapshot: text(one, "snapshot")?,
            indices: one
                .get("indices")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|indices| indices.keys().cloned())
                .collect(),
        })
    };
    list.iter().map(one).collect()
}

/// Reads `GET _snapshot/_status`: how far each snapshot of a repository is that runs, by its name.
#[must_use]
pub fn progresses(body: &Value, repository: &str) -> BTreeMap<String, Progress> {
    let list = body.get("snapshots").and_then(Value::as_array);
    let text = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
    let one = |one: &Value| {
        let own = text(one, "repository")? == repository;
        own.then_some((text(one, "snapshot")?, of_one(one, None)?))
    };
    list.into_iter().flatten().filter_map(one).collect()
}

/// Reads the first snapshot of `GET _snapshot/REPOSITORY/NAME/_status`.
#[must_use]
pub fn progress(body: &Value, now: Option<Moment>) -> Option<Progress> {
    of_one(body.get("snapshots")?.as_array()?.first()?, now)
}

/// Reads one snapshot of a status. 6.x and later name the numbers alike.
fn of_one(one: &Value, now: Option<Moment>) -> Option<Progress> {
    let number = |pointer: &str| one.pointer(pointer).and_then(Value::as_u64);
    let bytes_total = number("/stats/incremental/size_in_bytes")?;
    // 0 as long as no shard of it has begun.
    let started = number("/stats/start_time_in_millis")
        .filter(|millis| *millis > 0)
        .and_then(|millis| Moment::from_millis(i64::try_from(millis).ok()?));
    Some(Progress {
        state: State::parse(one.get("state")?.as_str()?),
        shards: ShardProgress::deserialize(one.get("shards_stats")?).ok()?,
        // `processed` is absent once nothing is left to process.
        bytes_done: number("/stats/processed/size_in_bytes").unwrap_or(bytes_total),
        bytes_total,
        bytes_held: number("/stats/total/size_in_bytes"),
        // `time_in_millis` stays 0 while it runs.
        running: now
            .zip(started)
            .and_then(|(now, started)| now.since(started)),
    })
}
