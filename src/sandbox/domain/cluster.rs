//! What a domain says of itself: version, health, settings, nodes, disks; reads only, but for cluster settings.

use serde_json::{Map, Value, json};

use super::super::identifiers;
use super::super::message::Answer;
use super::super::search_state::Index;
use super::engine::Engine;
use super::expression::{self, Reading};
use super::shards::{self, Ready};
use super::{Call, errors, index_settings as settings};

/// The name of the first node.
pub(super) const NODE: &str = "sandbox-node";

/// Returns the name of a node.
pub(super) fn node(place: u32) -> String {
    match place {
        0 => NODE.to_owned(),
        other => format!("{NODE}-{}", other + 1),
    }
}

/// Returns the id of a node.
pub(super) fn node_id(place: u32) -> String {
    match place {
        0 => "b1Yo3zTkTtS1rT6wbcQMxg".to_owned(),
        other => identifiers::letters(&format!("node {other}"), 22),
    }
}

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
    let name = name(call);
    let uuid = identifiers::letters(&name, 22);
    Answer::json(
        200,
        &json!({"name": NODE, "cluster_name": name, "cluster_uuid": uuid, "version": version, "tagline": tagline}),
    )
}

/// Amazon names a cluster `ACCOUNT:DOMAIN`.
fn name(call: &Call<'_>) -> String {
    match call.domain.self_managed {
        true => call.domain.name.clone(),
        false => format!("{}:{}", call.domain.account, call.domain.name),
    }
}

/// The shards of one index, and how well they are.
pub(super) struct Health {
    pub status: &'static str,
    primaries: usize,
    active_primaries: usize,
    active: usize,
    initializing: usize,
    unassigned: usize,
}

impl Health {
    /// Returns how many copies have no place.
    pub(super) fn unassigned(&self) -> usize {
        self.unassigned
    }
}

/// Returns how well an index is.
pub(super) fn health_of(call: &Call<'_>, index: &Index) -> Health {
    let nodes = call.domain.cluster.nodes;
    let now = call.state.now_millis();
    let primaries = settings::shards(index);
    let replicas = usize::try_from(settings::replicas(index, nodes)).unwrap_or(0);
    let hosts = usize::try_from(nodes).unwrap_or(1);
    let placed = replicas.min(hosts.saturating_sub(1));
    let unready = shards::unready(index, now);
    let active_primaries = primaries - unready;
    let active = active_primaries * (1 + placed);
    let initializing = match shards::ready(index, now) {
        Ready::Soon => primaries,
        _ => 0,
    };
    let unassigned = primaries * (1 + replicas) - active - initializing;
    // A primary that is being restored counts as yellow, as engines say it.
    let status = match shards::ready(index, now) {
        Ready::Never => "red",
        Ready::Soon => "yellow",
        Ready::All if unassigned > 0 => "yellow",
        Ready::All => "green",
    };
    Health {
        status,
        primaries,
        active_primaries,
        active,
        initializing,
        unassigned,
    }
}

/// Answers `GET _cluster/health` and `_cluster/health/INDEX`.
pub(super) fn health(call: &Call<'_>, target: Option<&str>) -> Answer {
    let cluster = &call.domain.cluster;
    let names = expression::split(target.unwrap_or_default());
    let reading = Reading::ALL;
    let found = expression::resolve(cluster, &names, reading);
    let (found, absent) = match found {
        Ok(found) => (found, false),
        Err(_) => (Default::default(), true),
    };
    // Closed indices are replicated since Elasticsearch 7.2 and count.
    let each: Vec<(&String, &Index, Health)> = call
        .held(&found)
        .map(|(name, index)| (name, index, health_of(call, index)))
        .collect();
    let sum = |count: fn(&Health) -> usize| -> usize {
        each.iter().map(|(_, _, health)| count(health)).sum()
    };
    let (active, all) = (
        sum(|h| h.active),
        sum(|h| h.active + h.initializing + h.unassigned),
    );
    let percent = if all == 0 {
        100.0
    } else {
        active as f64 * 100.0 / all as f64
    };
    let has = |status: &str| each.iter().any(|(_, _, health)| health.status == status);
    let status = if absent || has("red") {
        "red"
    } else if has("yellow") {
        "yellow"
    } else {
        "green"
    };
    let asked = call.parameter("wait_for_status");
    let rank = |status: &str| {
        ["red", "yellow", "green"]
            .iter()
            .position(|held| *held == status)
    };
    let timed_out = absent || asked.is_some_and(|asked| rank(status) < rank(asked));
    let mut body = json!({
        "cluster_name": name(call),
        "status": status,
        "timed_out": timed_out,
        "number_of_nodes": cluster.nodes,
        "number_of_data_nodes": cluster.nodes,
        "active_primary_shards": sum(|h| h.active_primaries),
        "active_shards": active,
        "relocating_shards": 0,
        "initializing_shards": sum(|h| h.initializing),
        "unassigned_shards": sum(|h| h.unassigned),
        "delayed_unassigned_shards": 0,
        "number_of_pending_tasks": 0,
        "number_of_in_flight_fetch": 0,
        "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": percent,
    });
    if let (Some("indices" | "shards"), Value::Object(fields)) =
        (call.parameter("level"), &mut body)
    {
        let indices: Map<String, Value> = each
            .iter()
            .map(|(name, index, health)| ((*name).clone(), one(call, index, health)))
            .collect();
        fields.insert("indices".to_owned(), Value::Object(indices));
    }
    Answer::json(if timed_out { 408 } else { 200 }, &body)
}

fn one(call: &Call<'_>, index: &Index, health: &Health) -> Value {
    json!({
        "status": health.status,
        "number_of_shards": health.primaries,
        "number_of_replicas": settings::replicas(index, call.domain.cluster.nodes),
        "active_primary_shards": health.active_primaries,
        "active_shards": health.active,
        "relocating_shards": 0,
        "initializing_shards": health.initializing,
        "unassigned_shards": health.unassigned,
    })
}

/// Answers `GET _cluster/settings` and `PUT`.
pub(super) fn settings(call: &mut Call<'_>) -> Result<Answer, Answer> {
    if call.request.method == "PUT" {
        let body = call.json()?;
        for scope in ["persistent", "transient"] {
            let changes = settings::read_plain(body.get(scope).unwrap_or(&Value::Null))?;
            let named = changes
                .into_iter()
                .map(|(key, value)| (format!("{scope}.{key}"), value));
            let named = named.collect();
            call.change(|domain| settings::apply(&mut domain.cluster.settings, named));
        }
    }
    let held = &call.domain.cluster.settings;
    let scope = |scope: &str| -> Value {
        let start = format!("{scope}.");
        let mine = held
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(&start)?.to_owned(), value.clone())));
        settings::nested(&mine.collect(), call.flag("flat_settings"))
    };
    let mut body = json!({"persistent": scope("persistent"), "transient": scope("transient")});
    if let Value::Object(fields) = &mut body {
        match call.request.method.as_str() {
            "PUT" => drop(fields.insert("acknowledged".to_owned(), json!(true))),
            _ if call.flag("include_defaults") => {
                drop(fields.insert("defaults".to_owned(), defaults(call)))
            }
            _ => {}
        }
    }
    Ok(Answer::json(200, &body))
}

fn defaults(call: &Call<'_>) -> Value {
    let zones = call.domain.cluster.zones > 1;
    let texts = [
        (
            "cluster.routing.allocation.awareness.attributes",
            if zones { "zone" } else { "" },
        ),
        (
            "cluster.routing.allocation.awareness.balance",
            if zones { "true" } else { "false" },
        ),
        ("cluster.routing.allocation.disk.threshold_enabled", "true"),
        ("cluster.routing.allocation.disk.watermark.low", "85%"),
        ("cluster.routing.allocation.disk.watermark.high", "90%"),
        (
            "cluster.routing.allocation.disk.watermark.flood_stage",
            "95%",
        ),
        ("cluster.max_shards_per_node", "1000"),
    ];
    let texts = texts.map(|(key, value)| (key.to_owned(), value.to_owned()));
    settings::nested(&texts.into_iter().collect(), call.flag("flat_settings"))
}

/// Returns the bytes that the primaries and replicas of all indices take on one node.
pub(super) fn used(call: &Call<'_>) -> u64 {
    let cluster = &call.domain.cluster;
    let all = cluster.indices.values().map(|index| {
        let copies = settings::replicas(index, cluster.nodes)
            .min(u64::from(cluster.nodes.saturating_sub(1)))
            + 1;
        shards::bytes(index) * copies
    });
    all.sum::<u64>() / u64::from(cluster.nodes.max(1))
}

/// Answers `GET _nodes`, `_nodes/stats` and `_cluster/stats`.
pub(super) fn nodes(call: &Call<'_>, what: &str) -> Result<Answer, Answer> {
    let cluster = &call.domain.cluster;
    let engine = Engine::of(&call.domain);
    let (total, used) = (cluster.disk_bytes, used(call));
    let available = total.saturating_sub(used);
    let filesystem = json!({"total_in_bytes": total, "free_in_bytes": available, "available_in_bytes": available});
    let each = (0..cluster.nodes).map(|place| {
        let mut node = json!({
            "name": node(place), "transport_address": "127.0.0.1:9300", "host": "127.0.0.1", "ip": "127.0.0.1",
            "version": engine.number(), "roles": ["data", "ingest", engine.manager().replace('-', "_")],
            "attributes": if cluster.zones > 1 { json!({"zone": zone(call, place)}) } else { json!({}) },
        });
        if let (true, Value::Object(fields)) = (what.starts_with("stats"), &mut node) {
            fields.insert("fs".to_owned(), json!({"timestamp": call.state.now_millis(), "total": filesystem}));
        }
        (node_id(place), node)
    });
    let each: Map<String, Value> = each.collect();
    let counts = json!({"total": cluster.nodes, "successful": cluster.nodes, "failed": 0});
    if what == "_cluster/stats" {
        let documents: usize = cluster
            .indices
            .values()
            .map(|index| index.documents.0.len())
            .sum();
        let indices =
            json!({"count": cluster.indices.len(), "docs": {"count": documents, "deleted": 0}});
        return Ok(Answer::json(
            200,
            &json!({
                "_nodes": counts, "cluster_name": name(call), "indices": indices,
                "nodes": {"count": {"total": cluster.nodes}, "versions": [engine.number()], "fs": filesystem},
            }),
        ));
    }
    if !(what.is_empty() || what == "stats" || what == "stats/fs" || what.starts_with("_")) {
        return Err(errors::unknown_path(call.request));
    }
    Ok(Answer::json(
        200,
        &json!({"_nodes": counts, "cluster_name": name(call), "nodes": each}),
    ))
}

/// Returns the zone of a node.
pub(super) fn zone(call: &Call<'_>, place: u32) -> String {
    let letter = u8::try_from(place % call.domain.cluster.zones.max(1)).unwrap_or(0);
    format!("{}{}", call.domain.region, char::from(b'a' + letter % 26))
}
