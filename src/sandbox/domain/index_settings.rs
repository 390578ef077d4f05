//! The settings of an index, as bodies say them and as answers show them; what an engine does not know must be refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::message::Answer;
use super::super::search_state::Index;
use super::engine::Engine;
use super::errors;
use crate::names::wildcard::matches;

/// Settings by full name; `None` takes one away.
pub(super) type Changes = BTreeMap<String, Option<String>>;

const KNOWN: [&str; 24] = [
    "number_of_shards",
    "number_of_replicas",
    "auto_expand_replicas",
    "refresh_interval",
    "hidden",
    "codec",
    "max_result_window",
    "priority",
    "blocks.",
    "routing.",
    "routing_partition_size",
    "mapping.",
    "mapper.",
    "analysis.",
    "sort.",
    "search.",
    "translog.",
    "merge.",
    "unassigned.",
    "write.",
    "lifecycle.",
    "plugins.",
    "opendistro.",
    "replication.",
];
/// Fixed when an index is made.
const FINAL: [&str; 2] = ["index.number_of_shards", "index.routing_partition_size"];
/// What the engine writes itself.
const OWN: [&str; 4] = [
    "index.uuid",
    "index.creation_date",
    "index.version.created",
    "index.provided_name",
];

/// Reads an index's settings, that may be nested, dotted and without `index.`.
pub(super) fn read(value: &Value) -> Result<Changes, Answer> {
    let inner = value.get("settings").filter(|inner| inner.is_object());
    let full = |key: String| match key.starts_with("index.") {
        true => key,
        false => format!("index.{key}"),
    };
    let changes = read_plain(inner.unwrap_or(value))?.into_iter();
    Ok(changes.map(|(key, value)| (full(key), value)).collect())
}

/// Reads settings that may be nested or dotted.
pub(super) fn read_plain(value: &Value) -> Result<Changes, Answer> {
    let mut changes = Changes::new();
    match value {
        Value::Null => {}
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| flatten(key, value, &mut changes)),
        _ => {
            let reason = "Malformed settings section, should include an inner object";
            return Err(errors::invalid(reason));
        }
    }
    Ok(changes)
}

fn flatten(key: &str, value: &Value, changes: &mut Changes) {
    let mut set = |value: Option<String>| drop(changes.insert(key.to_owned(), value));
    match value {
        Value::Null => set(None),
        Value::String(text) => set(Some(text.clone())),
        Value::Object(map) => map
            .iter()
            .for_each(|(inner, value)| flatten(&format!("{key}.{inner}"), value, changes)),
        Value::Array(list) => {
            let texts = list
                .iter()
                .map(|one| one.as_str().map_or(one.to_string(), str::to_owned));
            set(Some(texts.collect::<Vec<_>>().join(",")));
        }
        other => set(Some(other.to_string())),
    }
}

/// Refuses what the engine does not know or take.
pub(super) fn check(changes: &Changes) -> Result<(), Answer> {
    for (key, value) in changes {
        let name = key.strip_prefix("index.").unwrap_or(key);
        let known = |known: &&str| match known.ends_with('.') {
            true => name.starts_with(*known),
            false => name == *known,
        };
        if OWN.contains(&key.as_str()) {
            let why = format!("private index setting [{key}] can not be set explicitly");
            return Err(errors::invalid(why));
        }
        // A pattern takes settings away.
        if !name.contains('*') && !KNOWN.iter().any(known) {
            return Err(errors::invalid(format!(
                "unknown setting [{key}] please check that any required plugins are installed, or check the breaking changes \
                 documentation for removed settings"
            )));
        }
        let least = match name {
            "number_of_shards" => 1,
            "number_of_replicas" => 0,
            _ => continue,
        };
        if let Some(text) = value {
            let number = text.parse::<i64>().map_err(|_| {
                errors::invalid(format!(
                    "Failed to parse value [{text}] for setting [{key}]"
                ))
            })?;
            if number < least {
                return Err(errors::invalid(format!(
                    "Failed to parse value [{text}] for setting [{key}] must be >= {least}"
                )));
            }
        }
    }
    Ok(())
}

/// Refuses changes of what is fixed when an index is made.
pub(super) fn check_final(changes: &Changes, name: &str, uuid: &str) -> Result<(), Answer> {
    let fixed = changes.keys().find(|key| FINAL.contains(&key.as_str()));
    match fixed {
        None => Ok(()),
        Some(key) => Err(errors::invalid(format!(
            "final {name} setting [{key}], not updateable on [[{name}/{uuid}]]"
        ))),
    }
}

/// Refuses a number of copies that the zones cannot hold evenly.
pub(super) fn check_zones(settings: &BTreeMap<String, String>, zones: u32) -> Result<(), Answer> {
    let copies = number(settings, "index.number_of_replicas") + 1;
    let automatic = settings
        .get("index.auto_expand_replicas")
        .is_some_and(|value| value != "false");
    if zones <= 1 || automatic || copies.is_multiple_of(u64::from(zones)) {
        return Ok(());
    }
    Err(errors::invalid(format!(
        "Validation Failed: 1: expected total copies needs to be a multiple of total awareness attributes [{zones}];"
    )))
}

/// Applies changes.
pub(super) fn apply(settings: &mut BTreeMap<String, String>, changes: Changes) {
    for (key, value) in changes {
        match value {
            Some(value) => drop(settings.insert(key, value)),
            None => drop(settings.remove(&key)),
        }
    }
}

/// Returns a setting's number, 0 when there is none.
pub(super) fn number(settings: &BTreeMap<String, String>, key: &str) -> u64 {
    settings
        .get(key)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// Returns the number of shards.
pub(super) fn shards(index: &Index) -> usize {
    usize::try_from(number(&index.settings, "index.number_of_shards")).unwrap_or(1)
}

/// Returns the number of replicas that there would be with enough nodes.
pub(super) fn replicas(index: &Index, nodes: u32) -> u64 {
    match index.settings.get("index.auto_expand_replicas") {
        Some(range) if range != "false" => {
            let most = range
                .split_once('-')
                .and_then(|(_, most)| most.parse().ok());
            u64::from(nodes.saturating_sub(1)).min(most.unwrap_or(u64::MAX))
        }
        _ => number(&index.settings, "index.number_of_replicas"),
    }
}

/// Says whether a node of the sandbox (without attributes of its own) meets the allocation settings.
pub(super) fn assignable(settings: &BTreeMap<String, String>) -> bool {
    let held = settings
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix("index.routing.allocation.")?, value)));
    let node = |attribute: &str, value: &str| match attribute {
        "_name" | "_host" | "_id" => value
            .split(',')
            .any(|pattern| matches(pattern, super::cluster::NODE)),
        "_ip" => value == "127.0.0.1",
        "_tier_preference" => true,
        _ => false,
    };
    held.filter(|(_, value)| !value.is_empty())
        .all(|(rule, value)| match rule.split_once('.') {
            Some(("include" | "require", attribute)) => node(attribute, value),
            Some(("exclude", attribute)) => !node(attribute, value),
            _ => true,
        })
}

/// Whether a list of names and patterns takes a setting.
pub(super) fn takes(wanted: &str, name: &str) -> bool {
    let mut patterns = wanted.split(',');
    patterns.any(|pattern| matches(pattern, name))
}

/// Shows settings as nested objects of texts; of those that a list of names and patterns takes, or all.
pub(super) fn shown(index: &Index, flat: bool, wanted: Option<&str>) -> Value {
    let mut all = index.settings.clone();
    all.insert("index.uuid".to_owned(), index.uuid.clone());
    all.insert("index.creation_date".to_owned(), index.created.to_string());
    all.insert(
        "index.version.created".to_owned(),
        index.version.to_string(),
    );
    all.retain(|name, _| wanted.is_none_or(|wanted| takes(wanted, name)));
    nested(&all, flat)
}

/// Turns dotted names into nested objects.
pub(super) fn nested(settings: &BTreeMap<String, String>, flat: bool) -> Value {
    let mut root = Map::new();
    for (key, value) in settings {
        if flat {
            root.insert(key.clone(), json!(value));
        } else {
            put(&mut root, key, value);
        }
    }
    Value::Object(root)
}

fn put(map: &mut Map<String, Value>, key: &str, value: &str) {
    match key.split_once('.') {
        None => drop(map.insert(key.to_owned(), json!(value))),
        Some((head, rest)) => match map.entry(head.to_owned()).or_insert_with(|| json!({})) {
            Value::Object(inner) => put(inner, rest, value),
            // A name that is a value too stays dotted.
            _ => drop(map.insert(key.to_owned(), json!(value))),
        },
    }
}

/// The settings that an engine gives an index that says nothing.
pub(super) fn defaults(engine: Engine, name: &str) -> BTreeMap<String, String> {
    let shards = if engine.is_old() { "5" } else { "1" };
    let mut settings = BTreeMap::from([
        ("index.number_of_shards".to_owned(), shards.to_owned()),
        ("index.number_of_replicas".to_owned(), "1".to_owned()),
        ("index.provided_name".to_owned(), name.to_owned()),
    ]);
    if engine.open_search && engine.major >= 2 {
        settings.insert("index.replication.type".to_owned(), "DOCUMENT".to_owned());
    }
    settings
}
