//! Reading documents: by id, counted, all of them; what a shard cannot answer must never count as nothing.

use serde_json::{Value, json};

use super::super::message::Answer;
use super::super::search_state::Index;
use super::documents::{add_type, closed};
use super::engine::Engine;
use super::errors::{self, Exception};
use super::expression::{self, Reading};
use super::shards::{self, Ready};
use super::{Call, index_settings as settings, indices};

/// Answers `GET /INDEX/_doc/ID`.
pub(super) fn get(call: &Call<'_>, target: &str, id: &str) -> Result<Answer, Answer> {
    let engine = Engine::of(&call.domain);
    let found = expression::concrete(&call.domain.cluster, &call.dated(target));
    let name = found.and_then(|found| found.into_iter().next());
    let index = name
        .as_ref()
        .and_then(|name| call.domain.cluster.indices.get(name));
    let (Some(name), Some(index)) = (&name, index) else {
        return Err(errors::no_such_index(engine, target).answer(404));
    };
    if index.closed {
        return Err(closed(name, index).answer(400));
    }
    if shards::ready(index, call.state.now_millis()) != Ready::All {
        let reason = "No shard available for [get]";
        return Err(Exception::new("no_shard_available_action_exception", reason).answer(503));
    }
    let mut answer = json!({"_index": name, "_id": id, "found": false});
    let source = index
        .documents
        .0
        .get(id)
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    let status = if source.is_some() { 200 } else { 404 };
    if let (Some(source), Value::Object(fields)) = (source, &mut answer) {
        let more = [
            ("found", json!(true)),
            ("_version", json!(1)),
            ("_seq_no", json!(0)),
            ("_primary_term", json!(1)),
            ("_source", source),
        ];
        fields.extend(more.map(|(key, value)| (key.to_owned(), value)));
    }
    add_type(engine, &mut answer);
    Ok(Answer::json(status, &answer))
}

/// Resolves an expression of a read; a closed index that was named is refused.
fn searched<'a>(
    call: &'a Call<'_>,
    target: Option<&str>,
) -> Result<Vec<(&'a String, &'a Index)>, Answer> {
    let found = indices::resolve(call, target, Reading::OPEN)?;
    let held: Vec<_> = call.held(&found).collect();
    match held.iter().find(|(_, index)| index.closed) {
        Some((name, index)) if !call.flag("ignore_unavailable") => {
            Err(closed(name, index).answer(400))
        }
        _ => Ok(held
            .into_iter()
            .filter(|(_, index)| !index.closed)
            .collect()),
    }
}

/// The counts of shards, or the refusal when none can answer.
fn answering(held: &[(&String, &Index)], now: i64) -> Result<Value, Answer> {
    let total: usize = held.iter().map(|(_, index)| settings::shards(index)).sum();
    let failed: usize = held
        .iter()
        .map(|(_, index)| shards::unready(index, now))
        .sum();
    if total > 0 && failed == total {
        let reason = "all shards failed";
        return Err(Exception::new("search_phase_execution_exception", reason).answer(503));
    }
    Ok(json!({"total": total, "successful": total - failed, "skipped": 0, "failed": failed}))
}

/// Refuses any query but that for everything.
fn all_wanted(body: &Value) -> Result<(), Answer> {
    match body.get("query") {
        None => Ok(()),
        Some(query) if query.get("match_all").is_some_and(Value::is_object) => Ok(()),
        Some(_) => Err(Exception::new(
            "parsing_exception",
            "only the query [match_all] is known here",
        )
        .answer(400)),
    }
}

/// Answers `GET /INDEX/_count`.
pub(super) fn count(call: &Call<'_>, target: Option<&str>) -> Result<Answer, Answer> {
    all_wanted(&call.json()?)?;
    let held = searched(call, target)?;
    let now = call.state.now_millis();
    let counts = answering(&held, now)?;
    let count: usize = held
        .iter()
        .map(|(_, index)| shards::visible(index, now))
        .sum();
    Ok(Answer::json(
        200,
        &json!({"count": count, "_shards": counts}),
    ))
}

/// Answers `GET /INDEX/_search` for everything.
pub(super) fn search(call: &Call<'_>, target: Option<&str>) -> Result<Answer, Answer> {
    let body = call.json()?;
    all_wanted(&body)?;
    let engine = Engine::of(&call.domain);
    let number = |key: &str, otherwise: usize| -> usize {
        let said = call.parameter(key).and_then(|text| text.parse().ok());
        let inside = body
            .get(key)
            .and_then(Value::as_u64)
            .and_then(|number| number.try_into().ok());
        said.or(inside).unwrap_or(otherwise)
    };
    let held = searched(call, target)?;
    let now = call.state.now_millis();
    let counts = answering(&held, now)?;
    let total: usize = held
        .iter()
        .map(|(_, index)| shards::visible(index, now))
        .sum();
    let all = held
        .iter()
        .filter(|(_, index)| shards::ready(index, now) == Ready::All);
    let documents = all.flat_map(|(name, index)| {
        index
            .documents
            .0
            .iter()
            .map(move |(id, text)| (name, id, text))
    });
    let hits: Vec<Value> = documents
        .skip(number("from", 0))
        .take(number("size", 10))
        .map(|(name, id, text)| {
            let source: Value = serde_json::from_str(text).unwrap_or_default();
            let mut hit = json!({"_index": name, "_id": id, "_score": 1.0, "_source": source});
            add_type(engine, &mut hit);
            hit
        })
        .collect();
    let total = match engine.is_old() {
        true => json!(total),
        false => json!({"value": total, "relation": "eq"}),
    };
    let hits = json!({"total": total, "max_score": 1.0, "hits": hits});
    Ok(Answer::json(
        200,
        &json!({"took": 1, "timed_out": false, "_shards": counts, "hits": hits}),
    ))
}
