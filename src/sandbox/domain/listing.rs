//! Which snapshots there are and how they are, from the repository's files and from what runs; reads only.

use serde_json::{Map, Value, json};

use super::super::clock;
use super::super::identifiers;
use super::super::message::Answer;
use super::super::search_state::Taking;
use super::super::state::{RunningKind, State};
use super::blobs::Place;
use super::catalogue::{self, Failure, Snapshot};
use super::engine::Engine;
use super::errors::of_snapshot;
use super::expression::split;
use super::{Call, repository};
use crate::names::wildcard::matches;

/// Answers `GET _snapshot/REPOSITORY/NAMES`; only `_current` works without the bucket.
pub(super) fn get(call: &Call<'_>, repository: &str, names: &str) -> Result<Answer, Answer> {
    let held = call.repository(repository)?;
    let engine = Engine::of(&call.domain);
    let place = Place::of(&call.domain, repository, &held);
    let brief = call.parameter("verbose") == Some("false");
    let current = current(call, repository, engine);
    if names == "_current" {
        return Ok(Answer::json(200, &json!({ "snapshots": current })));
    }
    let catalogue = repository::catalogue(call, repository, &held)?;
    let wanted = split(names);
    let mut missing: Vec<&String> = wanted
        .iter()
        .filter(|name| !name.contains('*') && *name != "_all" && *name != "_current")
        .collect();
    let mut meant = |name: &str| {
        missing.retain(|wanted| *wanted != name);
        wanted
            .iter()
            .any(|pattern| pattern == "_all" || matches(pattern, name))
    };
    let lenient = call.flag("ignore_unavailable");
    let mut found = Vec::new();
    for value in call
        .state
        .snapshots
        .get(&place.listed())
        .into_iter()
        .flatten()
    {
        if meant(
            value
                .get("snapshot")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        ) {
            found.push(if brief {
                shortened(value)
            } else {
                value.clone()
            });
        }
    }
    for entry in catalogue
        .snapshots
        .iter()
        .filter(|entry| meant(&entry.name))
    {
        if brief {
            let indices = indices(call.state, &place, &catalogue, entry, engine);
            // Elasticsearch 6 goes through the indices, and comes across no snapshot that has none.
            if !(engine.is_old() && indices.is_empty()) {
                found.push(from_root(entry, &indices, engine));
            }
            continue;
        }
        match Snapshot::read(call.state, &place, &entry.uuid) {
            Some(snapshot) => found.push(shown(&snapshot, engine)),
            None if lenient => {}
            None => {
                let name = format!("{}/{}", entry.name, entry.uuid);
                return Err(of_snapshot(
                    "snapshot_missing_exception",
                    (repository, &name),
                    "is missing",
                )
                .answer(404));
            }
        }
    }
    for value in current {
        if meant(
            value
                .get("snapshot")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        ) {
            found.push(if brief { shortened(&value) } else { value });
        }
    }
    match missing.first() {
        Some(name) if !lenient => Err(of_snapshot(
            "snapshot_missing_exception",
            (repository, name),
            "is missing",
        )
        .answer(404)),
        _ => {
            let answer = json!({ "snapshots": found });
            let filter = call.parameter("filter_path").unwrap_or_default();
            Ok(Answer::json(200, &filtered(answer, filter)))
        }
    }
}

/// Leaves fields of snapshots out, as `filter_path=-snapshots.FIELD` asks for. A list that is filtered and empty is left out with them.
fn filtered(mut answer: Value, filter: &str) -> Value {
    let excluded: Vec<&str> = filter
        .split(',')
        .filter_map(|path| path.strip_prefix("-snapshots."))
        .collect();
    let (false, Value::Object(fields)) = (excluded.is_empty(), &mut answer) else {
        return answer;
    };
    fields.retain(|_, list| list.as_array().is_none_or(|list| !list.is_empty()));
    let lists = fields.values_mut().filter_map(Value::as_array_mut);
    for one in lists.flatten().filter_map(Value::as_object_mut) {
        one.retain(|field, _| !excluded.contains(&field.as_str()));
    }
    answer
}

/// The fields that the root file knows.
fn shortened(value: &Value) -> Value {
    let kept = ["snapshot", "uuid", "indices", "data_streams", "state"];
    let fields = kept
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), value.get(key)?.clone())));
    let mut value = Value::Object(fields.collect());
    // The root file knows no data streams.
    if let Some(streams) = value.get_mut("data_streams") {
        *streams = json!([]);
    }
    value
}

/// The indices of a snapshot by the root file. Old engines write those of a failed one there too.
fn indices(
    state: &State,
    place: &Place,
    held: &catalogue::Catalogue,
    entry: &catalogue::Entry,
    engine: Engine,
) -> Vec<String> {
    let failed = catalogue::state_name(entry.state) == "FAILED";
    if failed && engine.is_old() {
        let snapshot = Snapshot::read(state, place, &entry.uuid);
        return snapshot.map_or_else(Vec::new, |snapshot| snapshot.indices);
    }
    let holds =
        |(_, index): &(&String, &catalogue::IndexEntry)| index.snapshots.contains(&entry.uuid);
    let named = held.indices.iter().filter(holds);
    named.map(|(name, _)| name.clone()).collect()
}

fn from_root(entry: &catalogue::Entry, indices: &[String], engine: Engine) -> Value {
    let state = catalogue::state_name(entry.state);
    let mut value =
        json!({"snapshot": entry.name, "uuid": entry.uuid, "indices": indices, "state": state});
    add_streams(&mut value, Vec::new(), engine);
    value
}

fn add_streams(value: &mut Value, streams: Vec<String>, engine: Engine) {
    if let (false, Value::Object(fields)) = (engine.is_old(), value) {
        fields.insert("data_streams".to_owned(), json!(streams));
    }
}

/// Returns a snapshot that was just written.
pub(super) fn one(state: &State, place: &Place, uuid: &str, engine: Engine) -> Value {
    Snapshot::read(state, place, uuid).map_or(Value::Null, |snapshot| shown(&snapshot, engine))
}

/// A snapshot as `GET` shows it.
fn shown(snapshot: &Snapshot, engine: Engine) -> Value {
    let failed = snapshot.failures.len();
    let mut value = json!({
        "snapshot": snapshot.name,
        "uuid": snapshot.uuid,
        "version_id": snapshot.version_id,
        "version": snapshot.version,
        "indices": snapshot.indices,
        "include_global_state": snapshot.include_global_state,
        "state": snapshot.state,
        "start_time": clock::iso_of_millis(snapshot.start),
        "start_time_in_millis": snapshot.start,
        "end_time": clock::iso_of_millis(snapshot.end),
        "end_time_in_millis": snapshot.end,
        "duration_in_millis": snapshot.end - snapshot.start,
        "failures": snapshot.failures.iter().map(failure).collect::<Vec<_>>(),
        "shards": {"total": snapshot.total_shards, "failed": failed, "successful": snapshot.total_shards.saturating_sub(failed)},
    });
    add_streams(
        &mut value,
        snapshot.data_streams.keys().cloned().collect(),
        engine,
    );
    add(&mut value, "metadata", &snapshot.metadata);
    add(&mut value, "reason", &snapshot.reason);
    value
}

fn add<T: serde::Serialize>(value: &mut Value, key: &str, what: &Option<T>) {
    if let (Some(what), Value::Object(fields)) = (what, value) {
        fields.insert(key.to_owned(), json!(what));
    }
}

/// Engines write the index's name where the field says uuid.
fn failure(failure: &Failure) -> Value {
    json!({
        "index": failure.index, "index_uuid": failure.index, "shard_id": failure.shard, "reason": failure.reason,
        "status": "INTERNAL_SERVER_ERROR",
    })
}

/// What runs in a repository: its shards are all counted 0 here.
fn current(call: &Call<'_>, repository: &str, engine: Engine) -> Vec<Value> {
    let scripted = call.domain.running.iter();
    let scripted = scripted.filter(|running| {
        running.kind == RunningKind::Snapshot && running.repository == repository
    });
    let scripted = scripted.map(|running| {
        json!({
            "snapshot": running.snapshot,
            "uuid": identifiers::letters(&running.snapshot, 22),
            "indices": [],
            "state": "IN_PROGRESS",
            "failures": [],
            "shards": {"total": 0, "failed": 0, "successful": 0},
        })
    });
    let real = call.domain.cluster.taking.iter();
    let real = real.filter(|taking| taking.repository == repository);
    scripted
        .chain(real.map(|taking| in_progress(taking, engine)))
        .collect()
}

fn in_progress(taking: &Taking, engine: Engine) -> Value {
    let mut value = json!({
        "snapshot": taking.snapshot,
        "uuid": taking.uuid,
        "version_id": engine.id(),
        "version": engine.number(),
        "indices": taking.indices.keys().collect::<Vec<_>>(),
        "include_global_state": taking.include_global_state,
        "state": "IN_PROGRESS",
        "start_time": clock::iso_of_millis(taking.started),
        "start_time_in_millis": taking.started,
        "end_time": "1970-01-01T00:00:00.000Z",
        "end_time_in_millis": 0,
        "duration_in_millis": 0,
        "failures": [],
        "shards": {"total": 0, "failed": 0, "successful": 0},
    });
    add_streams(&mut value, Vec::new(), engine);
    add(&mut value, "metadata", &taking.metadata);
    value
}

/// Says whether a repository lists a snapshot that a starting state put there, which has no files.
pub(super) fn is_only_listed(state: &State, place: &Place, name: &str) -> bool {
    let mut listed = state.snapshots.get(&place.listed()).into_iter().flatten();
    listed.any(|value| value.get("snapshot").and_then(Value::as_str) == Some(name))
}

/// Adds up what a map of counts says.
pub(super) fn sum(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (key, value) in from {
        let held = into.get(key).and_then(Value::as_u64).unwrap_or(0);
        into.insert(key.clone(), json!(held + value.as_u64().unwrap_or(0)));
    }
}
