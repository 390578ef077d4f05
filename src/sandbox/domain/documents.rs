//! Writing and reading documents; a blocked, closed or absent index must refuse, and what was answered is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::identifiers;
use super::super::message::Answer;
use super::super::search_state::Index;
use super::engine::Engine;
use super::errors::{self, Exception};
use super::expression;
use super::shards::{self, Ready};
use super::{Call, index_settings as settings, indices, mapping};

/// Answers `PUT` and `POST /INDEX/_doc/ID`.
pub(super) fn put(call: &mut Call<'_>, target: &str, id: Option<&str>) -> Result<Answer, Answer> {
    let source = call.json()?;
    if !source.is_object() {
        return Err(Exception::new("mapper_parsing_exception", "failed to parse").answer(400));
    }
    let (name, id) = (target.to_owned(), id.map(str::to_owned));
    let only_new = call
        .request
        .segments()
        .get(1)
        .is_some_and(|part| part == "_create");
    let (status, item) = store(call, &name, id, &source, only_new)
        .map_err(|(failure, status)| failure.answer(status))?;
    Ok(Answer::json(status, &item))
}

/// Stores one document and describes it.
fn store(
    call: &mut Call<'_>,
    target: &str,
    id: Option<String>,
    source: &Value,
    only_new: bool,
) -> Result<(u16, Value), (Exception, u16)> {
    let engine = Engine::of(&call.domain);
    let name = writable(call, engine, target)?;
    let serial = call.state.next_serial();
    let id = id.unwrap_or_else(|| identifiers::letters(&format!("document {serial}"), 20));
    let text = source.to_string();
    let nodes = call.domain.cluster.nodes;
    let (now, at_once) = (call.state.now_millis(), refreshes(call));
    let mut written = None;
    call.write_to(&name, |index| {
        shards::note_write(index, now);
        let exists = index.documents.0.contains_key(&id);
        if !(exists && only_new) {
            mapping::learn(&mut index.mappings, source);
            Arc::make_mut(&mut index.documents.0).insert(id.clone(), text);
        }
        index.unrefreshed = index.unrefreshed.filter(|_| !at_once);
        written = Some((exists, settings::replicas(index, nodes) + 1));
    });
    // `writable` found or made it.
    let (exists, copies) = written.unwrap_or((false, 1));
    if exists && only_new {
        let reason =
            format!("[{id}]: version conflict, document already exists (current version [1])");
        return Err((
            Exception::new("version_conflict_engine_exception", reason),
            409,
        ));
    }
    let (result, version, status) = if exists {
        ("updated", 2, 200)
    } else {
        ("created", 1, 201)
    };
    let mut item = json!({
        "_index": name, "_id": id, "_version": version, "result": result,
        "_shards": {"total": copies, "successful": 1, "failed": 0}, "_seq_no": serial, "_primary_term": 1,
    });
    add_type(engine, &mut item);
    Ok((status, item))
}

/// Says whether the write is to be seen at once.
fn refreshes(call: &Call<'_>) -> bool {
    matches!(call.parameter("refresh"), Some("" | "true" | "wait_for"))
}

/// Engines before OpenSearch 2 name the type.
pub(super) fn add_type(engine: Engine, item: &mut Value) {
    if let (false, Value::Object(fields)) = (engine.open_search && engine.major >= 2, item) {
        fields.insert("_type".to_owned(), json!("_doc"));
    }
}

/// Finds the index that a write goes to, made when it is absent.
fn writable(call: &mut Call<'_>, engine: Engine, target: &str) -> Result<String, (Exception, u16)> {
    let name = call.dated(target);
    let cluster = &call.domain.cluster;
    let found = match expression::concrete(cluster, &name) {
        None => {
            indices::make(call, &name, &Value::Null).map_err(|answer| refusal(&answer))?;
            return Ok(name);
        }
        Some(found) if cluster.data_streams.contains_key(&name) => found.into_iter().next_back(),
        Some(found) => {
            let head = |index: &&String| {
                let held = cluster
                    .indices
                    .get(*index)
                    .and_then(|held| held.aliases.get(&name));
                held.and_then(|alias| alias.get("is_write_index")) == Some(&json!(true))
            };
            match found.iter().find(head) {
                Some(index) => Some(index.clone()),
                None if found.len() == 1 => found.into_iter().next(),
                None => None,
            }
        }
    };
    let Some(index) = found else {
        let reason = format!(
            "no write index is defined for alias [{name}]. The write index may be explicitly disabled using is_write_index=false \
             or the alias points to multiple indices without one being designated as a write index"
        );
        return Err((Exception::new("illegal_argument_exception", reason), 400));
    };
    match cluster.indices.get(&index) {
        Some(held) => may_write(call, engine, &index, held).map(|()| index),
        None => Err((errors::no_such_index(engine, &index), 404)),
    }
}

fn refusal(answer: &Answer) -> (Exception, u16) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = body
        .pointer("/error/reason")
        .and_then(Value::as_str)
        .unwrap_or_default();
    (
        Exception::new("invalid_index_name_exception", reason),
        answer.status,
    )
}

fn may_write(
    call: &Call<'_>,
    engine: Engine,
    name: &str,
    index: &Index,
) -> Result<(), (Exception, u16)> {
    let is = |key: &str| index.settings.get(key).map(String::as_str) == Some("true");
    let blocked = |what: &str| {
        let by = format!("blocked by: [FORBIDDEN/{what} (api)];");
        let reason = if engine.is_old() {
            by
        } else {
            format!("index [{name}] {by}")
        };
        Err((Exception::new("cluster_block_exception", reason), 403))
    };
    if index.closed {
        return Err((closed(name, index), 400));
    }
    if is("index.blocks.read_only") {
        return blocked("5/index read-only");
    }
    if is("index.blocks.write") {
        return blocked("8/index write");
    }
    if shards::ready(index, call.state.now_millis()) != Ready::All {
        let reason = format!("[{name}][0] primary shard is not active Timeout: [1m]");
        return Err((Exception::new("unavailable_shards_exception", reason), 503));
    }
    Ok(())
}

pub(super) fn closed(name: &str, index: &Index) -> Exception {
    Exception::new("index_closed_exception", "closed")
        .about("index_uuid", &index.uuid)
        .about("index", name)
}

/// Answers `POST /_bulk` and `/INDEX/_bulk`.
pub(super) fn bulk(call: &mut Call<'_>, target: Option<&str>) -> Result<Answer, Answer> {
    let text = String::from_utf8_lossy(&call.request.body).into_owned();
    if !text.ends_with('\n') {
        return Err(errors::invalid(
            "The bulk request must be terminated by a newline [\\n]",
        ));
    }
    let malformed = |line: usize| {
        errors::invalid(format!(
            "Malformed action/metadata line [{line}], expected START_OBJECT"
        ))
    };
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    let (mut items, mut errors_seen) = (Vec::new(), false);
    while let Some((place, line)) = lines.next() {
        let action: Map<String, Value> =
            serde_json::from_str(line).map_err(|_| malformed(place + 1))?;
        let (verb, what) = action
            .into_iter()
            .next()
            .ok_or_else(|| malformed(place + 1))?;
        let text = |key: &str| what.get(key).and_then(Value::as_str).map(str::to_owned);
        let index = text("_index").or(target.map(str::to_owned));
        let index =
            index.ok_or_else(|| errors::invalid("Validation Failed: 1: index is missing;"))?;
        let done = match verb.as_str() {
            "index" | "create" => {
                let (_, line) = lines.next().ok_or_else(|| malformed(place + 1))?;
                let source: Value = serde_json::from_str(line).map_err(|_| malformed(place + 2))?;
                store(call, &index, text("_id"), &source, verb == "create")
            }
            "delete" => remove(call, &index, &text("_id").unwrap_or_default()),
            other => {
                return Err(errors::invalid(format!(
                    "Malformed action/metadata line [{}], found [{other}]",
                    place + 1
                )));
            }
        };
        let item = match done {
            Ok((status, mut item)) => {
                if let Value::Object(fields) = &mut item {
                    fields.insert("status".to_owned(), json!(status));
                }
                item
            }
            Err((failure, status)) => {
                errors_seen = true;
                json!({"_index": index, "_id": text("_id"), "status": status, "error": {"type": failure.kind, "reason": failure.reason}})
            }
        };
        items.push(json!(BTreeMap::from([(verb, item)])));
    }
    Ok(Answer::json(
        200,
        &json!({"took": 1, "errors": errors_seen, "items": items}),
    ))
}

/// Answers `DELETE /INDEX/_doc/ID`.
pub(super) fn delete(call: &mut Call<'_>, target: &str, id: &str) -> Result<Answer, Answer> {
    let (status, item) =
        remove(call, target, id).map_err(|(failure, status)| failure.answer(status))?;
    Ok(Answer::json(status, &item))
}

fn remove(call: &mut Call<'_>, target: &str, id: &str) -> Result<(u16, Value), (Exception, u16)> {
    let engine = Engine::of(&call.domain);
    let name = writable(call, engine, target)?;
    let mut gone = None;
    let (now, at_once) = (call.state.now_millis(), refreshes(call));
    call.write_to(&name, |index| {
        shards::note_write(index, now);
        index.unrefreshed = index.unrefreshed.filter(|_| !at_once);
        gone = Arc::make_mut(&mut index.documents.0).remove(id);
    });
    let (status, result) = if gone.is_some() {
        (200, "deleted")
    } else {
        (404, "not_found")
    };
    let mut item = json!({"_index": name, "_id": id, "_version": 2, "result": result});
    add_type(engine, &mut item);
    Ok((status, item))
}
