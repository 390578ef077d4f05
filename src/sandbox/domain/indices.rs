//! Making, showing and deleting indices; an index that a running snapshot reads must outlive it where the engine says so.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::identifiers;
use super::super::message::Answer;
use super::super::search_state::{Index, Taking};
use super::engine::Engine;
use super::errors::{self, Exception};
use super::expression::{self, Reading};
use super::index_settings as settings;
use super::{Call, mapping};

/// Answers `PUT /INDEX`.
pub(super) fn create(call: &mut Call<'_>, name: &str) -> Result<Answer, Answer> {
    let body = call.json()?;
    let name = call.dated(name);
    make(call, &name, &body)?;
    let answer = json!({"acknowledged": true, "shards_acknowledged": true, "index": name});
    Ok(Answer::json(200, &answer))
}

/// Makes an index as a body describes it.
pub(super) fn make(call: &mut Call<'_>, name: &str, body: &Value) -> Result<(), Answer> {
    let engine = Engine::of(&call.domain);
    check_new(call, engine, name)?;
    let mut known = Map::new();
    if let Value::Object(fields) = body {
        known = fields.clone();
    }
    let (given, mappings, aliases) = (
        known.remove("settings").unwrap_or_default(),
        known.remove("mappings").unwrap_or_default(),
        known.remove("aliases").unwrap_or_default(),
    );
    if let Some(key) = known.keys().next() {
        let reason = format!("unknown key [{key}] for create index");
        return Err(Exception::new("parse_exception", reason).answer(400));
    }
    let changes = settings::read(&given)?;
    settings::check(&changes)?;
    let mut all = settings::defaults(engine, name);
    settings::apply(&mut all, changes);
    settings::check_zones(&all, call.domain.cluster.zones)?;
    let aliases = match aliases {
        Value::Object(map) => map.into_iter().collect(),
        _ => Default::default(),
    };
    let serial = call.state.next_serial();
    let index = Index {
        uuid: uuid(&format!("index {name} {serial}")),
        created: call.state.now_millis(),
        version: engine.id(),
        assigned: settings::assignable(&all),
        settings: all,
        mappings: mapping::untyped(engine, mappings)?,
        aliases,
        closed: false,
        documents: Default::default(),
        unrefreshed: None,
        recovery: None,
    };
    call.indices(|indices| drop(indices.insert(name.to_owned(), index)));
    Ok(())
}

/// Returns an id of 22 characters that follows from a seed.
pub(super) fn uuid(seed: &str) -> String {
    identifiers::letters(seed, 22)
}

fn check_new(call: &Call<'_>, engine: Engine, name: &str) -> Result<(), Answer> {
    let cluster = &call.domain.cluster;
    if let Some(held) = cluster.indices.get(name) {
        let reason = format!("index [{name}/{}] already exists", held.uuid);
        return Err(Exception::new("resource_already_exists_exception", reason)
            .about("index_uuid", &held.uuid)
            .about("index", name)
            .answer(400));
    }
    match expression::invalid_name(name, !engine.is_old(), &cluster.indices) {
        None => Ok(()),
        Some(why) => {
            let reason = format!("Invalid index name [{name}], {why}");
            Err(Exception::new("invalid_index_name_exception", reason)
                .about("index_uuid", "_na_")
                .about("index", name)
                .answer(400))
        }
    }
}

/// Resolves the expression of a path.
pub(super) fn resolve(
    call: &Call<'_>,
    target: Option<&str>,
    reading: Reading,
) -> Result<BTreeSet<String>, Answer> {
    let names = expression::split(target.unwrap_or_default());
    let names: Vec<String> = names.iter().map(|name| call.dated(name)).collect();
    let reading = call.reading(reading);
    expression::resolve(&call.domain.cluster, &names, reading)
        .map_err(|problem| errors::unresolved(Engine::of(&call.domain), &problem))
}

/// Answers `GET /INDEX` and `HEAD /INDEX`.
pub(super) fn get(call: &Call<'_>, target: &str) -> Result<Answer, Answer> {
    let found = resolve(call, Some(target), Reading::OPEN)?;
    if call.request.method == "HEAD" {
        return Ok(Answer::empty(if found.is_empty() { 404 } else { 200 }));
    }
    let engine = Engine::of(&call.domain);
    let flat = call.flag("flat_settings");
    call.each(&found, |index| {
        json!({
            "aliases": index.aliases,
            "mappings": mapping::typed(engine, &index.mappings),
            "settings": settings::shown(index, flat, None),
        })
    })
}

/// Answers `GET /INDEX/_mapping`.
pub(super) fn mappings(call: &Call<'_>, target: Option<&str>) -> Result<Answer, Answer> {
    let found = resolve(call, target, Reading::OPEN)?;
    let engine = Engine::of(&call.domain);
    call.each(
        &found,
        |index| json!({ "mappings": mapping::typed(engine, &index.mappings) }),
    )
}

/// Answers `DELETE /INDEX`.
pub(super) fn delete(call: &mut Call<'_>, target: &str) -> Result<Answer, Answer> {
    let reading = Reading {
        closed: true,
        aliases: false,
        ..Reading::OPEN
    };
    let found = resolve(call, Some(target), reading)?;
    refuse_stream_heads(call, &found)?;
    let engine = Engine::of(&call.domain);
    if !engine.is_old() {
        refuse_while_taken(call, &found, "delete")?;
    }
    call.change(|domain| {
        for name in &found {
            let gone = domain.cluster.indices.remove(name);
            let uuid = gone.map(|index| index.uuid);
            domain
                .cluster
                .taking
                .iter_mut()
                .for_each(|taking| damage(taking, name, uuid.as_deref()));
            let streams = domain.cluster.data_streams.values_mut();
            streams.for_each(|backing| backing.retain(|held| held != name));
        }
    });
    Ok(call.acknowledged())
}

/// What an old engine does to a running snapshot when one of its indices is deleted.
fn damage(taking: &mut Taking, name: &str, uuid: Option<&str>) {
    let held = taking.indices.get(name);
    if let Some(index) = held.filter(|index| Some(index.uuid.as_str()) == uuid) {
        let lost = (0..settings::shards(index)).map(|shard| {
            let reason = "IndexNotFoundException[no such index]".to_owned();
            (name.to_owned(), shard, reason)
        });
        let lost: Vec<_> = lost.collect();
        taking.failures.retain(|(index, ..)| index != name);
        taking.failures.extend(lost);
    }
}

fn refuse_stream_heads(call: &Call<'_>, found: &BTreeSet<String>) -> Result<(), Answer> {
    for (stream, backing) in &call.domain.cluster.data_streams {
        if let Some(head) = backing.last().filter(|head| found.contains(*head)) {
            return Err(errors::invalid(format!(
                "index [{head}] is the write index for data stream [{stream}] and cannot be deleted"
            )));
        }
    }
    Ok(())
}

/// Refuses to delete or close what a running snapshot reads.
pub(super) fn refuse_while_taken(
    call: &Call<'_>,
    found: &BTreeSet<String>,
    what: &str,
) -> Result<(), Answer> {
    let cluster = &call.domain.cluster;
    let taken = |name: &&String| {
        cluster
            .taking
            .iter()
            .any(|taking| taking.indices.contains_key(*name))
    };
    let names: Vec<String> = found
        .iter()
        .filter(taken)
        .filter_map(|name| Some(format!("[{name}/{}]", cluster.indices.get(name)?.uuid)))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let names = names.join(", ");
    let reason = format!(
        "Cannot {what} indices that are being snapshotted: [{names}]. Try again after snapshot finishes or cancel the currently \
         running snapshot."
    );
    Err(Exception::new("snapshot_in_progress_exception", reason).answer(400))
}
