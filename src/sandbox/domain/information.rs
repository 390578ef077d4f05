//! What a domain says of itself and of what runs on it: version, health, snapshots, recoveries; reads only.

use serde_json::{Value, json};

use super::super::identifiers;
use super::super::message::Answer;
use super::super::state::{Running, RunningKind};
use super::chain::{self, Use};
use super::engine::Engine;
use super::errors::{self, Exception};
use super::{Call, repository, settings};

/// Answers `GET /`.
pub(super) fn root(call: &Call<'_>) -> Answer {
    let engine = Engine::of(&call.domain);
    let mut version = json!({
        "number": engine.number(),
        "build_type": "tar",
        "build_hash": "unknown",
        "build_date": "2026-01-01T00:00:00.000000Z",
        "build_snapshot": false,
        "lucene_version": "9.12.1",
        "minimum_wire_compatibility_version": "7.10.0",
        "minimum_index_compatibility_version": "7.0.0",
    });
    if let Value::Object(fields) = &mut version {
        match engine.open_search {
            true => fields.insert("distribution".to_owned(), json!("opensearch")),
            false => fields.insert("build_flavor".to_owned(), json!("oss")),
        };
    }
    let tagline = match engine.open_search {
        true => "The OpenSearch Project: https://opensearch.org/",
        false => "You Know, for Search",
    };
    let name = cluster(call);
    let uuid = identifiers::letters(&name, 22);
    Answer::json(
        200,
        &json!({"name": "sandbox-node", "cluster_name": name, "cluster_uuid": uuid, "version": version, "tagline": tagline}),
    )
}

/// Amazon names a cluster `ACCOUNT:DOMAIN`.
fn cluster(call: &Call<'_>) -> String {
    match call.domain.self_managed {
        true => call.domain.name.clone(),
        false => format!("{}:{}", call.domain.account, call.domain.name),
    }
}

/// Answers `GET _cluster/health`.
pub(super) fn health(call: &Call<'_>) -> Answer {
    Answer::json(
        200,
        &json!({
            "cluster_name": cluster(call),
            "status": "green",
            "timed_out": false,
            "number_of_nodes": 1,
            "number_of_data_nodes": 1,
            "active_primary_shards": 0,
            "active_shards": 0,
            "relocating_shards": 0,
            "initializing_shards": 0,
            "unassigned_shards": 0,
            "delayed_unassigned_shards": 0,
            "number_of_pending_tasks": 0,
            "number_of_in_flight_fetch": 0,
            "task_max_waiting_in_queue_millis": 0,
            "active_shards_percent_as_number": 100.0,
        }),
    )
}

/// Answers `GET _cat/recovery?format=json`: the restores that run.
pub(super) fn recovery(call: &Call<'_>) -> Answer {
    let restores: Vec<Value> = running(call, RunningKind::Restore)
        .map(|running| {
            json!({
                "index": "restored", "shard": "0", "time": "1s", "type": "snapshot", "stage": "index",
                "source_host": "n/a", "source_node": "n/a", "target_host": "127.0.0.1", "target_node": "sandbox-node",
                "repository": running.repository, "snapshot": running.snapshot,
                "files": "1", "files_recovered": "0", "files_percent": "0.0%", "files_total": "1",
                "bytes": "1", "bytes_recovered": "0", "bytes_percent": "0.0%", "bytes_total": "1",
                "translog_ops": "0", "translog_ops_recovered": "0", "translog_ops_percent": "100.0%",
            })
        })
        .collect();
    Answer::json(200, &Value::Array(restores))
}

fn running<'a>(call: &'a Call<'_>, kind: RunningKind) -> impl Iterator<Item = &'a Running> {
    call.domain
        .running
        .iter()
        .filter(move |running| running.kind == kind)
}

/// Answers `GET _snapshot/_status` and `GET _snapshot/NAME/_status`.
pub(super) fn status(call: &Call<'_>, name: Option<&str>) -> Result<Answer, Answer> {
    if let Some(name) = name.filter(|name| !call.domain.repositories.contains_key(*name)) {
        return Err(errors::missing(name));
    }
    let wanted = |running: &&Running| name.is_none_or(|name| running.repository == name);
    let snapshots: Vec<Value> = running(call, RunningKind::Snapshot)
        .filter(wanted)
        .map(|running| {
            let counts = json!({"initializing": 0, "started": 1, "finalizing": 0, "done": 0, "failed": 0, "total": 1});
            json!({
                "snapshot": running.snapshot,
                "repository": running.repository,
                "uuid": identifiers::letters(&running.snapshot, 22),
                "state": "STARTED",
                "include_global_state": false,
                "shards_stats": counts,
                "stats": {"incremental": {"file_count": 1, "size_in_bytes": 1}, "total": {"file_count": 1, "size_in_bytes": 1}},
                "indices": {},
            })
        })
        .collect();
    Ok(Answer::json(200, &json!({ "snapshots": snapshots })))
}

/// Answers `GET _snapshot/NAME/_all`, `_current` and single names; only `_current` works without the bucket.
pub(super) fn snapshots(call: &Call<'_>, name: &str, names: &str) -> Result<Answer, Answer> {
    let repository = call
        .domain
        .repositories
        .get(name)
        .ok_or_else(|| errors::missing(name))?;
    let current: Vec<Value> = running(call, RunningKind::Snapshot)
        .filter(|running| running.repository == name)
        .map(in_progress)
        .collect();
    if names == "_current" {
        return Ok(Answer::json(200, &json!({ "snapshots": current })));
    }
    if repository.kind == "s3" {
        let role = repository::role_of(call, repository);
        let reached =
            role.and_then(|role| chain::reach(call, repository, role.as_ref(), Use::Read));
        reached.map_err(|cause| {
            let reason =
                format!("[{name}] Could not determine repository generation from root blobs");
            Exception::new("repository_exception", reason)
                .because(cause)
                .answer(500)
        })?;
    }
    let bucket = repository.settings.get("bucket").map_or("", String::as_str);
    let held = call
        .state
        .snapshots
        .get(&format!("{bucket}/{}", settings::base_path(repository)));
    let mut all = held.cloned().unwrap_or_default();
    all.extend(current);
    if names != "_all" && names != "*" {
        all = single(name, names, all)?;
    }
    Ok(Answer::json(200, &json!({ "snapshots": all })))
}

fn single(repository: &str, names: &str, all: Vec<Value>) -> Result<Vec<Value>, Answer> {
    let mut found = Vec::new();
    for wanted in names.split(',') {
        let snapshot = all
            .iter()
            .find(|held| held.get("snapshot").and_then(Value::as_str) == Some(wanted));
        let missing = || {
            Exception::new(
                "snapshot_missing_exception",
                format!("[{repository}:{wanted}] is missing"),
            )
            .answer(404)
        };
        found.push(snapshot.cloned().ok_or_else(missing)?);
    }
    Ok(found)
}

/// A running snapshot: its shards are all counted 0 here.
fn in_progress(running: &Running) -> Value {
    json!({
        "snapshot": running.snapshot,
        "uuid": identifiers::letters(&running.snapshot, 22),
        "indices": [],
        "state": "IN_PROGRESS",
        "failures": [],
        "shards": {"total": 0, "failed": 0, "successful": 0},
    })
}
