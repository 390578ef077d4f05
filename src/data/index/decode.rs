//! Turns what the engines answer about indices into types. The `_cat` API answers numbers as text; what is missing stays missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Health, Index};
use crate::moment::Moment;

/// The columns of `_cat/indices` that an [`Index`] is made of.
pub(crate) const COLUMNS: &str =
    "index,uuid,health,status,pri,rep,docs.count,store.size,pri.store.size,creation.date";

/// Reads the rows of `_cat/indices`; none where they are no such rows.
pub fn indices(body: &Value) -> Option<Vec<Index>> {
    body.as_array()?.iter().map(index).collect()
}

/// Names, each with the names that belong to it.
pub(crate) type Belonging = BTreeMap<String, BTreeSet<String>>;

/// Reads the answer of `_alias`: the aliases of each index, and the indices that each alias was told to write to.
pub(crate) fn aliases(body: &Value) -> Option<(Belonging, Belonging)> {
    let (mut of, mut writers) = (Belonging::new(), Belonging::new());
    for (index, value) in body.as_object()? {
        let aliases = value.get("aliases").and_then(Value::as_object);
        let own = of.entry(index.clone()).or_default();
        for (alias, about) in aliases.into_iter().flatten() {
            own.insert(alias.clone());
            if about.get("is_write_index") == Some(&Value::Bool(true)) {
                let all = writers.entry(alias.clone()).or_default();
                all.insert(index.clone());
            }
        }
    }
    Some((of, writers))
}

fn text<'v>(row: &'v Value, key: &str) -> Option<&'v str> {
    row.get(key).and_then(Value::as_str)
}

fn number(row: &Value, key: &str) -> Option<u64> {
    text(row, key)?.parse().ok()
}

fn index(row: &Value) -> Option<Index> {
    let count = |key: &str| {
        number(row, key)
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or_default()
    };
    let created = text(row, "creation.date").and_then(|millis| millis.parse().ok());
    Some(Index {
        name: text(row, "index")?.to_owned(),
        uuid: text(row, "uuid").unwrap_or_default().to_owned(),
        health: text(row, "health").and_then(Health::parse),
        open: text(row, "status")? == "open",
        primaries: count("pri"),
        replicas: count("rep"),
        docs: number(row, "docs.count"),
        bytes: number(row, "store.size"),
        primary_bytes: number(row, "pri.store.size"),
        created: created.and_then(Moment::from_millis),
    })
}

/// One shard that is being recovered or was, as `_cat/recovery` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The index.
    pub index: String,
    /// Its shard.
    pub shard: u64,
    /// Where the data comes from: `snapshot`, `peer`, `empty_store`, `existing_store`.
    pub kind: String,
    /// The stage: `done` when it is.
    pub stage: String,
    /// The repository, where it comes from a snapshot.
    pub repository: String,
    /// The snapshot, where it comes from one.
    pub snapshot: String,
    /// Bytes in all.
    pub bytes: u64,
    /// Bytes that are there.
    pub bytes_done: u64,
}

/// Reads the rows of `_cat/recovery`.
pub fn recoveries(body: &Value) -> Option<Vec<Recovery>> {
    let word = |row: &Value, key: &str| text(row, key).unwrap_or_default().to_owned();
    let row = |row: &Value| {
        Some(Recovery {
            index: text(row, "index")?.to_owned(),
            shard: number(row, "shard")?,
            kind: word(row, "type").to_ascii_lowercase(),
            stage: word(row, "stage").to_ascii_lowercase(),
            repository: word(row, "repository"),
            snapshot: word(row, "snapshot"),
            bytes: number(row, "bytes_total")
                .or_else(|| number(row, "bytes"))
                .unwrap_or_default(),
            bytes_done: number(row, "bytes_recovered").unwrap_or_default(),
        })
    };
    body.as_array()?.iter().map(row).collect()
}

/// How one index is, as `_cluster/health?level=indices` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexHealth {
    /// Its health.
    pub health: Health,
    /// How many primaries it has.
    pub primaries: u64,
    /// How many of them answer.
    pub active_primaries: u64,
    /// How many shards are being set up.
    pub initializing: u64,
}

impl IndexHealth {
    /// Whether every primary answers.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.primaries > 0 && self.active_primaries == self.primaries
    }
}

/// Reads the indices of `_cluster/health?level=indices`.
pub fn healths(body: &Value) -> Option<BTreeMap<String, IndexHealth>> {
    let one = |(name, value): (&String, &Value)| {
        let number = |key: &str| value.get(key).and_then(Value::as_u64);
        Some((
            name.clone(),
            IndexHealth {
                health: Health::parse(text(value, "status")?)?,
                primaries: number("number_of_shards")?,
                active_primaries: number("active_primary_shards")?,
                initializing: number("initializing_shards")?,
            },
        ))
    };
    let Some(indices) = body.get("indices") else {
        // Without any such index the engine leaves the key out.
        body.get("status")?;
        return Some(BTreeMap::new());
    };
    indices.as_object()?.iter().map(one).collect()
}
