//! `_cat/shards` and `_cluster/allocation/explain`: where each copy is, and why one is nowhere; reads only.

use serde_json::{Value, json};

use super::super::message::Answer;
use super::super::search_state::Index;
use super::cat::{Row, cell, size};
use super::expression::Reading;
use super::shards::{self, Ready};
use super::{Call, cluster, errors, index_settings as settings, indices};

/// Says why copies of an index have no place.
fn reason(index: &Index) -> (&'static str, String) {
    match &index.recovery {
        Some(recovery) => (
            "NEW_INDEX_RESTORED",
            format!(
                "restore_source[{}/{}]",
                recovery.repository, recovery.snapshot
            ),
        ),
        None => ("INDEX_CREATED", String::new()),
    }
}

/// Returns the rows of `_cat/shards`.
pub(super) fn rows(call: &Call<'_>, target: Option<&str>) -> Result<Vec<Row>, Answer> {
    let found = indices::resolve(call, target, Reading::ALL)?;
    let nodes = call.domain.cluster.nodes;
    let now = call.state.now_millis();
    let mut rows = Vec::new();
    for (name, index) in call.held(&found) {
        let copies = settings::replicas(index, nodes) + 1;
        for shard in 0..settings::shards(index) {
            let primary = state_of(index, shard, now);
            for copy in 0..copies {
                let kind = if copy == 0 { "p" } else { "r" };
                let state = match primary {
                    _ if copy == 0 => primary,
                    "STARTED" if copy < u64::from(nodes) => "STARTED",
                    _ => "UNASSIGNED",
                };
                let place = u32::try_from(copy).unwrap_or(0);
                rows.push(row(call, (name, index), (shard, kind, state), place));
            }
        }
    }
    Ok(rows)
}

fn state_of(index: &Index, shard: usize, now: i64) -> &'static str {
    let failed = index.recovery.as_ref();
    let failed = failed.is_some_and(|recovery| recovery.failed.contains(&shard));
    match shards::ready(index, now) {
        Ready::Soon => "INITIALIZING",
        Ready::Never if failed || index.recovery.is_none() => "UNASSIGNED",
        _ => "STARTED",
    }
}

fn row(
    call: &Call<'_>,
    (name, index): (&String, &Index),
    (shard, kind, state): (usize, &str, &str),
    place: u32,
) -> Row {
    let started = |value: String| (state == "STARTED").then_some(value);
    let bytes: usize = shards::files(index, shard)
        .iter()
        .map(|(_, bytes)| bytes.len())
        .sum();
    let lost =
        |value: String| Some(value).filter(|value| state == "UNASSIGNED" && !value.is_empty());
    let (why, details) = reason(index);
    vec![
        cell("index", name),
        cell("shard", shard),
        cell("prirep", kind),
        cell("state", state),
        ("docs", started(shards::documents(index, shard).to_string())),
        ("store", started(size(call, bytes as u64))),
        ("ip", started("127.0.0.1".to_owned())),
        ("node", started(cluster::node(place))),
        ("unassigned.reason", lost(why.to_owned())),
        ("unassigned.details", lost(details)),
    ]
}

/// Answers `GET` and `POST _cluster/allocation/explain` for one named shard.
pub(super) fn explain(call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.json()?;
    let name = body.get("index").and_then(Value::as_str);
    let index = name.and_then(|name| call.domain.cluster.indices.get_key_value(name));
    let Some((name, index)) = index else {
        let reason = "unable to find any unassigned shards to explain";
        return Err(errors::invalid(reason));
    };
    let shard = body.get("shard").and_then(Value::as_u64).unwrap_or(0);
    let place = usize::try_from(shard).unwrap_or(0);
    let state = state_of(index, place, call.state.now_millis());
    let mut answer = json!({
        "index": name, "shard": shard, "primary": true, "current_state": state.to_lowercase(),
    });
    if let (true, Value::Object(fields)) = (state == "UNASSIGNED", &mut answer) {
        let (why, _) = reason(index);
        let (decider, words) = match &index.recovery {
            Some(recovery) => (
                "restore_in_progress",
                format!(
                    "shard has failed to be restored from the snapshot [{}:{}/{}]",
                    recovery.repository, recovery.snapshot, recovery.snapshot_uuid
                ),
            ),
            None => (
                "filter",
                "node does not match index setting [index.routing.allocation.include] filters"
                    .to_owned(),
            ),
        };
        fields.insert("unassigned_info".to_owned(), json!({ "reason": why }));
        fields.insert("can_allocate".to_owned(), json!("no"));
        let deciders = json!([{"decider": decider, "decision": "NO", "explanation": words}]);
        let node = json!({"node_name": cluster::NODE, "node_decision": "no", "deciders": deciders});
        fields.insert("node_allocation_decisions".to_owned(), json!([node]));
    }
    Ok(Answer::json(200, &answer))
}
