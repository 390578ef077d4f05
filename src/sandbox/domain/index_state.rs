//! Changing an index that is there: settings, open and closed, aliases; and the ways to ask what a name means.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::message::Answer;
use super::Call;
use super::engine::Engine;
use super::errors;
use super::expression::{self, Reading};
use super::{index_settings as settings, indices};
use crate::names::wildcard::matches;

/// Answers `GET /INDEX/_settings`.
pub(super) fn get(call: &Call<'_>, target: Option<&str>) -> Result<Answer, Answer> {
    let found = indices::resolve(
        call,
        target,
        Reading {
            closed: true,
            ..Reading::OPEN
        },
    )?;
    let flat = call.flag("flat_settings");
    let segments = call.request.segments();
    let wanted = segments.last().filter(|last| *last != "_settings");
    let wanted = wanted.map(String::as_str);
    // An index without any such setting is left out.
    let found = call
        .held(&found)
        .filter(|(_, index)| {
            let has = |wanted: &str| {
                let mut names = index.settings.keys();
                names.any(|name| settings::takes(wanted, name))
            };
            wanted.is_none_or(has)
        })
        .map(|(name, _)| name.clone())
        .collect();
    call.each(
        &found,
        |index| json!({ "settings": settings::shown(index, flat, wanted) }),
    )
}

/// Answers `PUT /INDEX/_settings`.
pub(super) fn put(call: &mut Call<'_>, target: Option<&str>) -> Result<Answer, Answer> {
    let found = indices::resolve(
        call,
        target,
        Reading {
            closed: true,
            ..Reading::OPEN
        },
    )?;
    let changes = settings::read(&call.json()?)?;
    settings::check(&changes)?;
    for (name, index) in call.held(&found) {
        settings::check_final(&changes, name, &index.uuid)?;
        let mut all = index.settings.clone();
        settings::apply(&mut all, changes.clone());
        settings::check_zones(&all, call.domain.cluster.zones)?;
    }
    call.indices(|held| {
        for (_, index) in held.iter_mut().filter(|(name, _)| found.contains(*name)) {
            settings::apply(&mut index.settings, changes.clone());
            // A shard that has a place keeps it; one without takes the first that fits.
            index.assigned = index.assigned || settings::assignable(&index.settings);
        }
    });
    Ok(call.acknowledged())
}

/// Answers `POST /INDEX/_close` and `_open`.
pub(super) fn set_closed(
    call: &mut Call<'_>,
    target: Option<&str>,
    closed: bool,
) -> Result<Answer, Answer> {
    let engine = Engine::of(&call.domain);
    let reading = Reading {
        open: closed,
        closed: !closed,
        ..Reading::OPEN
    };
    let found = indices::resolve(call, target, reading)?;
    // Every engine refuses to close what is being snapshotted.
    if closed {
        indices::refuse_while_taken(call, &found, "close")?;
    }
    call.indices(|held| {
        for name in &found {
            if let Some(index) = held.get_mut(name) {
                index.closed = closed;
            }
        }
    });
    let mut answer = json!({"acknowledged": true, "shards_acknowledged": true});
    if let (true, false, Value::Object(fields)) = (closed, engine.is_old(), &mut answer) {
        let each: Map<String, Value> = found
            .iter()
            .map(|name| (name.clone(), json!({"closed": true})))
            .collect();
        fields.insert("indices".to_owned(), Value::Object(each));
    }
    Ok(Answer::json(200, &answer))
}

/// Answers `POST /_aliases`.
pub(super) fn change_aliases(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let body = call.json()?;
    let Some(actions) = body.get("actions").and_then(Value::as_array) else {
        return Err(errors::invalid(
            "Validation Failed: 1: Must specify at least one alias action;",
        ));
    };
    let mut next = call.domain.cluster.indices.clone();
    for action in actions {
        let entry = action.as_object().and_then(|map| map.iter().next());
        let Some((verb, what)) = entry else {
            return Err(errors::invalid("[alias_action] failed to parse"));
        };
        let texts = |one: &str, many: &str| -> Vec<String> {
            let list = what
                .get(many)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let one = what.get(one).cloned();
            let all = one.into_iter().chain(list);
            all.filter_map(|value| value.as_str().map(str::to_owned))
                .collect()
        };
        let names = texts("index", "indices");
        let found = indices::resolve(
            call,
            Some(&names.join(",")),
            Reading {
                aliases: false,
                closed: true,
                ..Reading::OPEN
            },
        )?;
        match verb.as_str() {
            "remove_index" => {
                indices::refuse_while_taken(call, &found, "delete")?;
                next.retain(|name, _| !found.contains(name));
            }
            "add" | "remove" => {
                for alias in texts("alias", "aliases") {
                    if next.contains_key(&alias) && verb == "add" {
                        let why = "an index exists with the same name as the alias";
                        return Err(errors::Exception::new(
                            "invalid_alias_name_exception",
                            format!("Invalid alias name [{alias}]: {why}"),
                        )
                        .answer(400));
                    }
                    set_alias(&mut next, &found, &alias, (verb == "add").then_some(what));
                }
            }
            other => {
                return Err(errors::invalid(format!(
                    "[alias_action] unknown field [{other}]"
                )));
            }
        }
    }
    call.indices(|held| *held = next);
    Ok(call.acknowledged())
}

fn set_alias(
    indices: &mut BTreeMap<String, super::super::search_state::Index>,
    found: &BTreeSet<String>,
    alias: &str,
    what: Option<&Value>,
) {
    for (_, index) in indices.iter_mut().filter(|(name, _)| found.contains(*name)) {
        match what {
            None => index.aliases.retain(|held, _| !matches(alias, held)),
            Some(what) => {
                let kept = [
                    "filter",
                    "routing",
                    "index_routing",
                    "search_routing",
                    "is_write_index",
                    "is_hidden",
                ];
                let kept: Map<String, Value> = kept
                    .iter()
                    .filter_map(|key| Some(((*key).to_owned(), what.get(key)?.clone())))
                    .collect();
                index.aliases.insert(alias.to_owned(), Value::Object(kept));
            }
        }
    }
}

/// Answers `GET /_alias`, `GET /_alias/NAME` and `GET /INDEX/_alias`.
pub(super) fn aliases(
    call: &Call<'_>,
    target: Option<&str>,
    named: Option<&str>,
) -> Result<Answer, Answer> {
    let found = indices::resolve(
        call,
        target,
        Reading {
            closed: true,
            ..Reading::ALL
        },
    )?;
    let patterns = expression::split(named.unwrap_or("*"));
    let mut answer = Map::new();
    let mut seen = BTreeSet::new();
    for (name, index) in call.held(&found) {
        let wanted = |alias: &&String| patterns.iter().any(|pattern| matches(pattern, alias));
        let aliases: BTreeMap<&String, &Value> = index
            .aliases
            .iter()
            .filter(|(alias, _)| wanted(alias))
            .collect();
        seen.extend(aliases.keys().map(|alias| (*alias).clone()));
        if named.is_none() || !aliases.is_empty() {
            answer.insert(name.clone(), json!({ "aliases": aliases }));
        }
    }
    let missing: Vec<&String> = patterns
        .iter()
        .filter(|name| !name.contains('*') && !seen.contains(*name))
        .collect();
    if let [first, ..] = missing.as_slice() {
        answer.insert(
            "error".to_owned(),
            json!(format!("alias [{first}] missing")),
        );
        answer.insert("status".to_owned(), json!(404));
        return Ok(Answer::json(404, &Value::Object(answer)));
    }
    Ok(Answer::json(200, &Value::Object(answer)))
}

/// Answers `GET /_resolve/index/EXPRESSION`.
pub(super) fn resolved(call: &Call<'_>, target: &str) -> Result<Answer, Answer> {
    let engine = Engine::of(&call.domain);
    if !engine.resolves() {
        // Taken for a document of the type `index`.
        let answer = json!({"_index": "_resolve", "_type": "index", "_id": target, "found": false});
        return Ok(Answer::json(404, &answer));
    }
    let cluster = &call.domain.cluster;
    let reading = call.reading(Reading {
        closed: false,
        ..Reading::OPEN
    });
    let names = expression::split(target);
    let found = expression::resolve(
        cluster,
        &names,
        Reading {
            aliases: false,
            ignore_unavailable: true,
            ..reading
        },
    );
    // A concrete alias is no error here: it is listed among the aliases.
    let found = found.or_else(|_| {
        let indices: Vec<String> = names
            .iter()
            .filter(|name| name.contains('*') || cluster.indices.contains_key(*name))
            .cloned()
            .collect();
        match indices.is_empty() {
            true => Ok(BTreeSet::new()),
            false => expression::resolve(
                cluster,
                &indices,
                Reading {
                    aliases: false,
                    ignore_unavailable: true,
                    ..reading
                },
            ),
        }
    });
    let found = found.map_err(|problem| errors::unresolved(engine, &problem))?;
    let meant = |name: &str| {
        names
            .iter()
            .any(|pattern| matches(pattern, name) || pattern == "_all")
    };
    if let Some(name) = names.iter().find(|name| {
        !name.contains('*') && *name != "_all" && expression::concrete(cluster, name).is_none()
    }) {
        return Err(errors::no_such_index(engine, name).answer(404));
    }
    let mut aliases: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for (name, index) in &cluster.indices {
        for alias in index.aliases.keys().filter(|alias| meant(alias)) {
            aliases.entry(alias).or_default().push(name);
        }
    }
    let aliases: Vec<Value> = aliases
        .into_iter()
        .map(|(name, indices)| json!({"name": name, "indices": indices}))
        .collect();
    let streams: Vec<Value> = cluster
        .data_streams
        .iter()
        .filter(|(name, _)| meant(name))
        .map(|(name, backing)| json!({"name": name, "backing_indices": backing, "timestamp_field": "@timestamp"}))
        .collect();
    let indices: Vec<Value> = call
        .held(&found)
        .map(|(name, index)| described(call, name, index))
        .collect();
    Ok(Answer::json(
        200,
        &json!({"indices": indices, "aliases": aliases, "data_streams": streams}),
    ))
}

fn described(call: &Call<'_>, name: &str, index: &super::super::search_state::Index) -> Value {
    let mut attributes = vec![if index.closed { "closed" } else { "open" }];
    if index.settings.get("index.hidden").map(String::as_str) == Some("true") {
        attributes.push("hidden");
    }
    let mut value = json!({"name": name, "attributes": attributes});
    if let Value::Object(fields) = &mut value {
        if !index.aliases.is_empty() {
            fields.insert(
                "aliases".to_owned(),
                json!(index.aliases.keys().collect::<Vec<_>>()),
            );
        }
        let mut streams = call.domain.cluster.data_streams.iter();
        if let Some((stream, _)) =
            streams.find(|(_, backing)| backing.iter().any(|held| held == name))
        {
            fields.insert("data_stream".to_owned(), json!(stream));
        }
    }
    value
}
