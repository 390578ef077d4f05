//! Turns what the engines answer about snapshots into types. Names of indices are shared, since thousands of snapshots repeat them.

mod status;

pub use status::{Progress, Running, ShardProgress, Status, progresses, running, statuses};

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{ShardFailure, Shards, Snapshot, State};
use crate::domain::answer::weight;
use crate::domain::{Engine, EngineKind, Undecoded};
use crate::moment::Moment;

/// OpenSearch sets this bit in version ids, so that they are higher than every one of Elasticsearch.
/// <https://github.com/opensearch-project/OpenSearch/blob/main/libs/core/src/main/java/org/opensearch/Version.java>
const OPENSEARCH: i64 = 0x0800_0000;

/// How much memory what is kept of one answer may take.
const MOST_KEPT: usize = 32 * 1024 * 1024;

/// How much memory one snapshot may be expected to take while it is decoded: a quarter of a million indices.
const HEAVIEST: usize = 16 * 1024 * 1024;

/// What a name takes beside its characters, with its place among those that are known.
const NAME: usize = 80;

/// Reads a list of snapshots.
///
/// # Errors
/// When the text is no such list, or holds more than is kept.
pub fn snapshots(text: &[u8]) -> Result<Vec<Snapshot>, Undecoded> {
    let mut list = Vec::new();
    each(text, |one, kept| {
        if weight(one.as_bytes()) > HEAVIEST {
            return Err(Undecoded::TooMuch);
        }
        let snapshot = serde_json::from_str::<Wire>(one)?.snapshot(kept)?;
        kept.spend(size_of::<Snapshot>() + snapshot.length())?;
        list.push(snapshot);
        Ok(())
    })?;
    Ok(list)
}

/// Shows each snapshot of an answer, one after the other, so that the long way through owned names holds one snapshot's only.
fn each(
    text: &[u8],
    mut see: impl FnMut(&str, &Kept) -> Result<(), Undecoded>,
) -> Result<(), Undecoded> {
    let kept = Kept::default();
    let mut refused = None;
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Answer(&mut |one: &str| match see(one, &kept) {
        Ok(()) => true,
        Err(why) => {
            refused = Some(why);
            false
        }
    })
    .deserialize(&mut reader);
    match (refused, read) {
        (Some(why), _) => Err(why),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(())) => Ok(reader.end()?),
    }
}

/// What is kept of one answer: the names seen so far, each once, and how much memory all of it takes.
#[derive(Default)]
struct Kept {
    names: RefCell<BTreeSet<Arc<str>>>,
    bytes: Cell<usize>,
}

impl Kept {
    fn spend(&self, bytes: usize) -> Result<(), Undecoded> {
        let spent = self.bytes.get().saturating_add(bytes);
        self.bytes.set(spent);
        match spent > MOST_KEPT {
            true => Err(Undecoded::TooMuch),
            false => Ok(()),
        }
    }

    fn shared(&self, name: &str) -> Result<Arc<str>, Undecoded> {
        self.spend(size_of::<Arc<str>>())?;
        let mut seen = self.names.borrow_mut();
        if let Some(known) = seen.get(name) {
            return Ok(Arc::clone(known));
        }
        self.spend(NAME + name.len())?;
        let new: Arc<str> = Arc::from(name);
        seen.insert(Arc::clone(&new));
        Ok(new)
    }
}

/// `{"snapshots": [...]}`: each is shown, and the rest is left when one is not taken.
struct Answer<'s>(&'s mut dyn FnMut(&str) -> bool);

impl<'de> DeserializeSeed<'de> for Answer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of snapshots")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "snapshots" {
                map.next_value_seed(List(&mut *self.0))?;
                found = true;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        match found {
            true => Ok(()),
            false => Err(serde::de::Error::missing_field("snapshots")),
        }
    }
}

struct List<'s>(&'s mut dyn FnMut(&str) -> bool);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("snapshots")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        while let Some(one) = seq.next_element::<&RawValue>()? {
            if !(self.0)(one.get()) {
                return Err(serde::de::Error::custom("it is not taken"));
            }
        }
        Ok(())
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
    fn snapshot(self, kept: &Kept) -> Result<Snapshot, Undecoded> {
        let state = self
            .state
            .as_deref()
            .map_or_else(|| State::Other("UNKNOWN".to_owned()), State::parse);
        let moment = |millis: Option<i64>| millis.filter(|m| *m > 0).and_then(Moment::from_millis);
        let shared = |all: &[String]| -> Result<Vec<_>, Undecoded> {
            all.iter().map(|name| kept.shared(name)).collect()
        };
        Ok(Snapshot {
            started: moment(self.start_time_in_millis),
            // A snapshot that runs has an end of 0.
            ended: moment(self.end_time_in_millis).filter(|_| state != State::InProgress),
            state,
            indices: shared(&self.indices)?,
            data_streams: shared(&self.data_streams)?,
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
        })
    }
}

impl Snapshot {
    /// How many bytes its own texts take, each with what it takes beside its characters.
    fn length(&self) -> usize {
        let failures = self
            .failures
            .iter()
            .map(|one| size_of::<ShardFailure>() + one.index.len() + one.reason.len());
        let metadata = self
            .metadata
            .iter()
            .map(|(key, value)| 2 * NAME + key.len() + value.len());
        self.name.len()
            + self.uuid.len()
            + self.reason.as_ref().map_or(0, String::len)
            + failures.chain(metadata).sum::<usize>()
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
