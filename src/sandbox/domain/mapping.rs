//! Mappings: with or without a type, and what an engine adds on its own for new fields; known fields never change.

use serde_json::{Map, Value, json};

use super::super::message::Answer;
use super::engine::Engine;
use super::errors::Exception;

/// Returns mappings without the type that old engines write around them.
pub(super) fn untyped(engine: Engine, mappings: Value) -> Result<Value, Answer> {
    let fields = match mappings {
        Value::Null => return Ok(json!({})),
        Value::Object(fields) => fields,
        _ => {
            let reason = "Failed to parse mapping: expected an object";
            return Err(Exception::new("mapper_parsing_exception", reason).answer(400));
        }
    };
    let known = [
        "properties",
        "dynamic",
        "_source",
        "_meta",
        "_routing",
        "dynamic_templates",
        "date_detection",
        "_field_names",
    ];
    let Some(other) = fields.keys().find(|key| !known.contains(&key.as_str())) else {
        return Ok(Value::Object(fields));
    };
    let inner = fields
        .get(other)
        .filter(|_| engine.is_old() && fields.len() == 1);
    match inner {
        Some(inner) => Ok(inner.clone()),
        None => {
            let reason = format!(
                "Failed to parse mapping [_doc]: Root mapping definition has unsupported parameters:  [{other} : {}]",
                fields.get(other).cloned().unwrap_or_default()
            );
            Err(Exception::new("mapper_parsing_exception", reason).answer(400))
        }
    }
}

/// Shows mappings as the engine does.
pub(super) fn typed(engine: Engine, mappings: &Value) -> Value {
    let empty = mappings.as_object().is_none_or(Map::is_empty);
    match (engine.is_old(), empty) {
        (true, false) => json!({ "_doc": mappings }),
        (_, true) => json!({}),
        (false, false) => mappings.clone(),
    }
}

/// Adds the fields of a document that are not mapped yet.
pub(super) fn learn(mappings: &mut Value, source: &Value) {
    if mappings.is_null() {
        *mappings = json!({});
    }
    let fixed = mappings.get("dynamic").is_some_and(|dynamic| {
        matches!(dynamic.as_str(), Some("false" | "strict")) || dynamic == &json!(false)
    });
    if let (false, Value::Object(mappings), Value::Object(source)) = (fixed, mappings, source) {
        learn_fields(mappings, source);
    }
}

fn learn_fields(mappings: &mut Map<String, Value>, source: &Map<String, Value>) {
    for (name, value) in source {
        let value = match value {
            Value::Array(list) => list
                .iter()
                .find(|one| !one.is_null())
                .unwrap_or(&Value::Null),
            one => one,
        };
        if value.is_null() {
            continue;
        }
        let properties = mappings.entry("properties").or_insert_with(|| json!({}));
        let Value::Object(properties) = properties else {
            continue;
        };
        let Value::Object(inner) = value else {
            properties
                .entry(name.clone())
                .or_insert_with(|| guessed(value));
            continue;
        };
        if let Value::Object(field) = properties.entry(name.clone()).or_insert_with(|| json!({})) {
            learn_fields(field, inner);
        }
    }
}

fn guessed(value: &Value) -> Value {
    match value {
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(number) if number.is_f64() => json!({"type": "float"}),
        Value::Number(_) => json!({"type": "long"}),
        Value::String(text) if is_date(text) => json!({"type": "date"}),
        _ => {
            json!({"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}})
        }
    }
}

/// `2026-11-24`, alone or with a time behind `T`.
fn is_date(text: &str) -> bool {
    let (day, time) = text.split_once('T').unwrap_or((text, ""));
    let shape: String = day
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let clock = time
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | 'Z' | '+' | '-'));
    shape == "0000-00-00" && clock
}
